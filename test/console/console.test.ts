import { experimentsThat } from './experiments.ts';
import { createTrafficTable } from '../../adapters/postgres/rollout/traffic.ts';
import { connectOperations } from '../../wiring/operations.ts';
import { readConfig } from '../../wiring/settings.ts';
import { aVersion, NOW, perennialDatabase } from '../support/postgres/perennial-database.ts';
import { visits } from './browser.ts';
import { anAlert, anApproval, Scene } from './fakes.ts';
import { aRollout, looksOf, rolloutsThat } from './rollouts.ts';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Locator } from 'playwright-core';

const PAGES = [
  '/',
  '/alerts',
  '/alerts/a1',
  '/actions/silence?alert=a1',
  '/keys',
  '/pipelines/fraud',
  '/pipelines/fraud/runs',
  '/pipelines/fraud/reports',
  '/pipelines/fraud/versions/4',
  '/pipelines/fraud/compare?version=3&version=4',
  '/pipelines/fraud/try?version=3&version=4',
  '/pipelines/fraud/training-runs',
  '/pipelines/fraud/training-runs/latest?x=leaves',
  '/pipelines/fraud/rollouts/now',
  '/pipelines/fraud/rollouts/before',
  '/pipelines/fraud/experiments/fraud-e2',
];
const FORMS = ['/actions/promote?pipeline=fraud&version=3', '/actions/silence?alert=a1'];
const ROLLOUTS = [
  { ...rolloutsThat.areHeld(), id: 'now' },
  { ...rolloutsThat.areRolledBack(), id: 'before' },
];

const accessibility = readFileSync(new URL('accessibility.js', import.meta.url), 'utf8');

describe('the console in a browser', () => {
  const visit = visits();

  it('leads from the start page to a promotion and back, with a message about what was done', async () => {
    const scene = new Scene();
    const { page } = await visit(scene.door());
    await page.goto('/');
    await page.getByRole('rowheader').getByRole('link', { name: 'fraud' }).click();
    await page.getByRole('region', { name: 'Model versions' }).getByRole('link', { name: 'Promote' }).click();
    await page.getByLabel('Reason').fill('v4 is wrong about Sundays');
    await page.getByRole('button', { name: 'Promote' }).click();
    await page.getByText('v3 now serves fraud').waitFor();
    assert.equal(new URL(page.url()).pathname, '/pipelines/fraud');
    assert.equal(scene.done.length, 1);
    await page.reload();
    assert.equal(await page.getByText('v3 now serves').count(), 0, 'it is told once');
  });

  it("shows the API under Perennial's name, and the browser has nothing to complain about", async () => {
    const { page } = await visit(new Scene().door());
    await page.goto('/docs');
    await page.locator('.opblock').first().waitFor();
    assert.equal(await page.title(), 'API - Perennial');
    const logo = await page.locator('.topbar a.link img').getAttribute('src');
    assert.match(Buffer.from(logo!.split(',')[1]!, 'base64').toString(), />Perennial</);
  });

  it('does the same without script', async () => {
    const scene = new Scene();
    scene.approvals = [anApproval()];
    const { page } = await visit(scene.door(), { javaScriptEnabled: false });
    await page.goto('/pipelines/fraud');
    assert.match(await page.locator('main').innerText(), /epoch 3 of 8, loss 0\.120/);
    await page.getByRole('link', { name: 'Approve' }).click();
    await page.getByLabel('Reason').fill('looked at it');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('v5 of fraud was approved').waitFor();
    assert.deepEqual(scene.done, [
      {
        what: 'decide',
        given: { pipeline: 'fraud', version: 5, approve: true, reason: 'looked at it' },
        by: 'console',
      },
    ]);
  });

  it('compares the versions whose boxes are ticked, without script', async () => {
    const { page } = await visit(new Scene().door(), { javaScriptEnabled: false });
    await page.goto('/pipelines/fraud');
    await page.getByRole('button', { name: 'Compare' }).click();
    await page.getByRole('heading', { name: 'Choose two or more' }).waitFor();
    for (const version of ['v3', 'v4']) await page.getByLabel(`Compare ${version}`).check();
    await page.getByRole('button', { name: 'Compare' }).click();
    const compared = page.getByRole('region', { name: 'Versions side by side' });
    assert.deepEqual(await compared.getByRole('columnheader').allInnerTexts(), ['Fact', 'v4', 'v3']);
  });

  it('shows a pipeline and its versions whose declaration this release cannot read', async () => {
    const scene = new Scene();
    scene.overview.declaration = null;
    const { page } = await visit(scene.door(), { javaScriptEnabled: false });
    await page.goto('/');
    await page.getByRole('rowheader').getByRole('link', { name: 'fraud' }).click();
    assert.match(
      await page.locator('main').innerText(),
      /This release cannot read the declaration\. .* perennial apply/,
    );
    await page.getByRole('region', { name: 'Model versions' }).getByRole('link', { name: 'v4' }).click();
    assert.match(await page.locator('main').innerText(), /Metrics on the holdout|On its holdout/i);
  });

  it('says which version is not there to be compared', async () => {
    const { page } = await visit(new Scene().door());
    page.removeAllListeners('console'); // where the browser says that it was not found
    await page.goto('/pipelines/fraud/compare?version=3&version=9');
    await page.getByText('fraud has no version v9').waitFor();
    await page.goto('/pipelines/fraud/compare?version=3&version=worst');
    await page.getByText('"worst" is not a version').waitFor();
  });

  it('follows a training, and shows a new alert, without a reload', async () => {
    const scene = new Scene();
    scene.alerts = [];
    const { page } = await visit(scene.door());
    await page.goto('/pipelines/fraud');
    await page.getByText('Nothing. No alert is open').waitFor();
    await page.evaluate('window.here = true');
    scene.loss = 0.09;
    scene.alerts = [anAlert({ summary: 'fraud drifts severely' })];
    await page.getByText('epoch 3 of 8, loss 0.090').waitFor();
    await page.getByText('fraud drifts severely').waitFor();
    assert.equal(await page.evaluate('window.here'), true);
    assert.equal(await page.getByText('live', { exact: true }).count(), 1);
  });

  it('follows a rollout to its next step, and holds it there', async () => {
    const scene = new Scene();
    scene.rollouts = [rolloutsThat.areInTheShadow()];
    const { page } = await visit(scene.door());
    await page.goto('/pipelines/fraud');
    await page.getByRole('link', { name: 'v5' }).click();
    const way = page.getByRole('list', { name: 'Steps' });
    await page.getByText('waits: 220 of 500 requests').waitFor();
    assert.match(await way.innerText(), /shadow\s+now/);
    await page.evaluate('window.here = true');
    scene.rollouts = [aRollout({ looks: [...looksOf(1, 40), ...looksOf(0, 800)] })];
    await page.getByText('waits: 40 of 500 requests').waitFor();
    assert.match(await way.innerText(), /shadow\s+done\s+10 %\s+now/);
    await page.getByRole('img', { name: 'Shares of the requests: v4 90 % and v5 10 %' }).waitFor();
    assert.equal(await page.evaluate('window.here'), true);

    await page.getByRole('link', { name: 'Hold' }).press('Enter');
    await page.getByLabel('Reason').fill('I look first');
    await page.getByRole('button', { name: 'Hold' }).click();
    await page.getByText('Holding v5 of fraud').waitFor();
    await page.getByRole('heading', { name: 'Rollout of fraud v5' }).waitFor();
    const { id: rollout } = scene.rollouts[0]!;
    const given = { pipeline: 'fraud', rollout, reason: 'I look first', order: 'hold' };
    assert.deepEqual(scene.done, [{ what: 'hold', given, by: 'console' }]);
  });

  it('shows a crowd a page at a time, each of which is live', async () => {
    const scene = new Scene();
    scene.applied = Array.from({ length: 120 }, (_, i) => `p${String(i).padStart(3, '0')}`);
    const { page } = await visit(scene.door());
    await page.goto('/');
    const names = () =>
      page.getByRole('region', { name: 'Pipelines and what serves' }).getByRole('rowheader').allInnerTexts();
    assert.deepEqual([(await names()).length, (await names())[0]], [50, 'fraud'], 'what serves here comes too');
    await page.getByText('Page 1 of 3, 121 pipelines in all').waitFor();
    await page.getByRole('link', { name: 'Later' }).click();
    await page.getByText('Page 2 of 3').waitFor();
    assert.equal((await names())[0], 'p049');
    await page.evaluate('window.here = true');
    scene.applied.push('p049b');
    await page.getByRole('link', { name: 'p049b' }).waitFor();
    assert.equal(await page.evaluate('window.here'), true);
  });

  it('does not replace a button that somebody is about to press', async () => {
    const scene = new Scene();
    const { page } = await visit(scene.door());
    await page.goto('/pipelines/fraud');
    const resolve = page.getByRole('link', { name: 'Resolve' });
    await resolve.focus();
    scene.alerts = [];
    scene.loss = 0.05;
    await page.getByText('loss 0.050').waitFor(); // the same look found both
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Resolve');
  });

  it('lets a browser in with a key, and out again', async () => {
    const { page, address } = await visit(new Scene().door(), { keys: ['the key'] });
    await page.goto('/pipelines/fraud');
    assert.equal(new URL(page.url()).pathname, '/login');
    await page.getByLabel('Key').fill('the key');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'fraud', exact: true }).waitFor();
    await page.getByText('live', { exact: true }).waitFor();
    const [cookie] = await page.context().cookies(address);
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Strict']);
    await page.getByRole('button', { name: 'Leave' }).click();
    await page.getByRole('heading', { name: 'Sign in to Perennial' }).waitFor();
  });

  it('fits a telephone, in light and dark mode, with an accessible name for every control @slow', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const scene = new Scene();
      scene.approvals = [anApproval()];
      scene.rollouts = ROLLOUTS;
      scene.experiments = [experimentsThat.run()];
      const { page } = await visit(scene.door(), { colorScheme, viewport: { width: 360, height: 740 } });
      for (const path of [...PAGES, ...FORMS]) {
        await page.goto(path);
        const wide = Number(await page.evaluate('document.documentElement.scrollWidth'));
        assert.ok(wide <= 360, `${path} is ${wide} pixels wide`);
        assert.deepEqual(await page.evaluate(`${accessibility}; nameProblems()`), [], path);
        assert.deepEqual(await page.evaluate(`${accessibility}; strayBoxes()`), [], `boxes of ${path}`);
        assert.deepEqual(
          await page.evaluate(`${accessibility}; contrastProblems()`),
          [],
          `${path} in the ${colorScheme}`,
        );
      }
    }
  });

  it('begins the columns by check at the newest one on a telephone, with their names', async () => {
    const scene = new Scene();
    const [last] = scene.overview.verdicts;
    scene.overview.verdicts = Array.from({ length: 48 }, () => last!);
    const { page } = await visit(scene.door(), { viewport: { width: 360, height: 740 } });
    await page.goto('/pipelines/fraud');
    const checks = page.locator('.heat rect.level');
    const placeOf = async (what: Locator): Promise<number> => (await what.boundingBox())!.x;
    const name = await placeOf(page.locator('.heat text').first());
    const [oldest, newest] = [await placeOf(checks.first()), await placeOf(checks.last())];
    assert.ok(0 <= name && name < newest && newest < 350 && oldest < 0, `${name}, ${oldest} to ${newest}`);
  });

  it('shows a report whose script does not run', async () => {
    const scene = new Scene();
    const operations = scene.operations('console');
    const report = '<!doctype html><title>report</title><h1>Drift</h1><script>document.title = "ran"</script>';
    Object.assign(operations.reports, { stored: async () => report });
    const { page } = await visit({ as: () => operations });
    page.removeAllListeners('console'); // where the browser says what it refused
    await page.goto('/pipelines/fraud/reports/drift/check-0');
    assert.equal(await page.title(), 'report');
  });
});

describe('the console over a real database', () => {
  const visit = visits();
  let atEnd: (() => Promise<void>) | undefined;
  afterEach(() => atEnd?.());
  const database = perennialDatabase();

  it('promotes a version for everybody, with Temporal away', async () => {
    const traffic = createTrafficTable(database());
    for (const run of ['run-1', 'run-2']) await aVersion(database(), run);
    await traffic.promote({
      pipeline: 'fraud',
      version: 1,
      expectedGeneration: 0,
      at: NOW,
      by: 'ada',
      reason: 'the first',
    });
    const { operations, close } = await connectOperations(
      readConfig({
        DATABASE_URL: database.url(),
        OBJECT_STORE_URL: 'file:///nowhere',
        PERENNIAL_DATA: '/nowhere',
        TEMPORAL_ADDRESS: '127.0.0.1:1',
      }),
    );
    atEnd = close;
    const { page } = await visit(operations);
    await page.goto('/pipelines/fraud');
    const away = page.getByText(/Temporal .*(did not end|does not answer)/);
    assert.equal(await away.count(), 2, 'runs and schedules are not known');
    await page.getByRole('link', { name: 'Promote' }).click();
    await page.getByLabel('Reason').fill('the second');
    await page.getByRole('button', { name: 'Promote' }).click();
    await page.getByText('v2 now serves fraud (generation 2)').waitFor();
    assert.deepEqual((await traffic.get('fraud'))!.arms, [{ version: 2, share: 1 }]);
    const { rows } = await database().query(
      `select who, via, details ->> 'reason' as reason from audit where action = 'promote' order by id desc limit 1`,
    );
    assert.deepEqual(rows, [{ who: 'console', via: 'console', reason: 'the second' }]);
    await page.goto('/pipelines/fraud/versions/2');
    await page.getByText('100 %').waitFor();
    await page.getByRole('link', { name: 'Give an alias' }).click();
    await page.getByLabel('Alias').fill('best-so-far');
    await page.getByRole('button', { name: 'Give the alias' }).click();
    await page.getByText('v2 of fraud is "best-so-far".').waitFor();
    assert.match(page.url(), /versions\/2/);
    await page.goto('/pipelines/fraud/versions/best-so-far');
    await page.getByRole('link', { name: 'Remove "best-so-far"' }).waitFor();
  });
});
