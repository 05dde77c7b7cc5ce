import { tryPage } from '../../console/pages/try.ts';
import { type WhatIf } from '../../core/explaining/what-if.ts';
import { aServer, aServingWorld, cleanUp } from '../server/fakes.ts';
import { createDoor } from '../../operations/door.ts';
import { createWhatIf } from '../../operations/what-if.ts';
import { ada } from '../support/asked.ts';
import { portsOfClasses, PREDICTION, threeClasses } from '../support/what-if.ts';
import { visits } from './browser.ts';
import { Scene } from './fakes.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const accessibility = readFileSync(new URL('accessibility.js', import.meta.url), 'utf8');
const URL_OF_BOTH = '/pipelines/fraud/try?version=3&version=4';

describe('the page where a row is tried', () => {
  afterEach(cleanUp);
  const asking = async (scene = new Scene()) => (await aServer(aServingWorld(), { operations: scene.door() })).app;

  it('answers programs by JSON, and says what is wrong with what they send', async () => {
    const app = await asking();
    const usual = (await app.inject({ url: '/pipelines/fraud/try' })).json();
    assert.deepEqual(usual.versions.map(({ version }: { version: number }) => version), [4, 3]); // prettier-ignore
    const post = (payload: object) => app.inject({ method: 'POST', url: '/pipelines/fraud/try', payload });
    const tried = (await post({ versions: [3], row: { amount: 700 } })).json();
    assert.equal(tried.fields[0].value, 700);
    const wrong = await post({ versions: ['3'] });
    assert.equal(wrong.statusCode, 400);
    assert.match(wrong.json().error.message, /no row to try.*versions\[0\]/s);
    assert.match((await post({ versions: [3], row: { amuont: 1 } })).json().error.message, /reads a column "amuont"/);
    assert.match((await app.inject({ url: '/pipelines/fraud/try?version=x' })).json().error.message, /not a version/);
  });

  it('shows what the label of an estimate lies between', async () => {
    const tried = (await (await asking()).inject({ url: '/pipelines/fraud/try' })).json() as WhatIf;
    const estimate = { score: 13.62, low: 9.87, high: 18.04, decision: null, threshold: null };
    const versions = tried.versions.map((version) => ({ ...version, ...estimate }));
    const [scores] = tryPage({ ...tried, isNumber: true, versions }, [3, 4]).sections;
    assert.match(scores!.content.markup, /13\.62.*from 9\.87 to 18\.04/s);
  });

  it('draws what scores do along the column for all rows, too, beside the curve of the row', async () => {
    const tried = (await (await asking()).inject({ url: `${URL_OF_BOTH}&changed=amount` })).json() as WhatIf;
    const shown = tryPage(tried, [3, 4]).sections.map(({ content }) => content.markup).join('\n'); // prettier-ignore
    assert.match(shown, /All rows along amount.*v3, 300 rows/s);
  });

  it('shows the likeliest of several classes with the probabilities of all, and what would make another the answer', async () => {
    const { try: asked } = createDoor(createWhatIf(portsOfClasses()), { record: async () => undefined }).as(ada);
    const tried = await asked({ pipeline: 'fraud', versions: [3] });
    const shown = tryPage(tried, [3])
      .sections.map(({ content }) => content.markup)
      .join('\n');
    const { classes, score } = tried.versions[0]!;
    assert.deepEqual([classes!.label, Object.keys(classes!.probabilities)], ['low', threeClasses.classes]);
    assert.match(shown, new RegExp(`low <span class="score">${(100 * score).toFixed(2)}\\s%`));
    assert.match(shown, /low \d+\.\d\d\s%, (mid|high) \d+\.\d\d\s%, (mid|high) \d+\.\d\d\s%/);
    assert.match(shown, /high/);
    assert.doesNotMatch(shown, /positive|negative/);
  });

  it('starts from a logged prediction, unless its reader may only read', async () => {
    const scene = new Scene();
    const app = await asking(scene);
    const url = `${URL_OF_BOTH}&from=${PREDICTION}`;
    const tried = (await app.inject({ url })).json();
    assert.deepEqual([tried.prediction, tried.fields[0].value], [PREDICTION, 940]);
    scene.scopes = ['read'];
    assert.equal((await app.inject({ url })).statusCode, 403);
  });

  it('keeps the row of a form out of its address', async () => {
    const app = await asking();
    const headers = { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' };
    const payload = 'version=3&beside=4&changed=amount&column.amount=700&column.merchant=&column.online=';
    const { body } = await app.inject({ method: 'POST', url: '/pipelines/fraud/try', headers, payload });
    assert.match(body, /name="column\.amount"\s+value="700"/);
    assert.doesNotMatch(body, /href="[^"]*700/);
    assert.match(body, /This row along amount/);
  });
});

describe('the page where a row is tried, in a browser', () => {
  const visit = visits();

  it('moves both scores as a value is typed, by keyboard alone, and draws the curve of what was changed', async () => {
    const { page } = await visit(new Scene().door());
    await page.goto(URL_OF_BOTH);
    const scores = page.getByRole('region', { name: 'What they say' });
    const before = await scores.innerText();
    await page.getByLabel('amount', { exact: true }).focus();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('940');
    await page.getByRole('heading', { name: 'This row along amount' }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('gift cards');
    await page.getByRole('heading', { name: 'This row along merchant' }).waitFor();
    await scores.getByText('88.08').waitFor();
    assert.notEqual(await scores.innerText(), before);
    assert.equal(await page.getByLabel('merchant', { exact: true }).inputValue(), 'gift cards');
    assert.match(await page.locator('#change').innerText(), /v4, to become negative: amount .* in place of 940/);
    assert.deepEqual(await page.evaluate(`${accessibility}; nameProblems()`), []);
    assert.deepEqual(await page.evaluate(`${accessibility}; contrastProblems()`), []);
  });

  it('does the same by its button without script, and fits a telephone', async () => {
    const { page } = await visit(new Scene().door(), {
      javaScriptEnabled: false,
      viewport: { width: 390, height: 800 },
    });
    await page.goto(URL_OF_BOTH);
    await page.getByLabel('amount', { exact: true }).fill('940');
    await page.getByLabel('Curve along').selectOption('amount');
    await page.getByRole('button', { name: 'Try', exact: true }).click();
    await page.getByRole('heading', { name: 'This row along amount' }).waitFor();
    assert.equal(await page.getByLabel('amount', { exact: true }).inputValue(), '940');
    assert.equal(new URL(page.url()).search, '');
    assert.ok(((await page.locator('main').evaluate('document.documentElement.scrollWidth')) as number) <= 390);
  });
});
