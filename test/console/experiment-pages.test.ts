import { aServer, aServingWorld, cleanUp } from '../server/fakes.ts';
import { experimentsThat } from './experiments.ts';
import { Scene } from './fakes.ts';
import { type ExperimentShown } from '../../operations/index.ts';
import assert from 'node:assert/strict';

const PAGE = { accept: 'text/html' };
const OWN = { ...PAGE, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };
const ADDRESS = '/pipelines/fraud/experiments/fraud-e2';

describe('the page of an experiment', () => {
  afterEach(cleanUp);
  const open = async (experiments: ExperimentShown[]) => {
    const scene = Object.assign(new Scene(), { experiments });
    return { scene, app: (await aServer(aServingWorld(), { operations: scene.door() })).app };
  };
  /** A page as text of one line, tags included. */
  async function pageOf(experiment: ExperimentShown, url = ADDRESS): Promise<string> {
    const { app } = await open([experiment]);
    const { statusCode, body } = await app.inject({ url, headers: PAGE });
    assert.equal(statusCode, 200, body);
    assert.doesNotMatch(body, /NaN|Infinity|undefined| style=/);
    return body.replace(/\s+/g, ' ').replaceAll('> <', '><');
  }
  const chartsOf = (page: string): string[] => [...page.matchAll(/class="chart" role="img" aria-label="([^"]+)"/g)].map(([, words]) => words!); // prettier-ignore

  it('shows each version with its difference and how many numbers it still needs', async () => {
    const page = await pageOf(experimentsThat.run());
    assert.match(page, /v4, v5 and v6, by revenue \(higher is better\)/);
    assert.match(page, /under way<\/span> not proven yet: v5 revenue 0\.545 higher/);
    assert.match(page, /v4<\/a><small>control<\/small>/);
    assert.match(
      page,
      /v5<\/a><small>33\.3 %<\/small>.*607.*600.*12\.5.*\+0\.545.*-0\.03 to \+1\.12.*not proven.*58 more/,
    );
    assert.match(page, /24 samples met several versions, and count for none\./);
    assert.match(page, /fine<\/span> errors: 2 of 600 requests failed/);
    assert.match(page, /href="\/actions\/stop-experiment\?pipeline=fraud&amp;experiment=fraud-e2"/);
  });

  it('draws how the interval of each version closes over time', async () => {
    const [five, six, ...others] = chartsOf(await pageOf(experimentsThat.run()));
    assert.deepEqual(others, []);
    assert.match(five!, /^revenue of v5 beside v4: /);
    assert.match(six!, /^revenue of v6 beside v4: /);
    const widths = [...five!.matchAll(/from ([-+][\d.]+) to ([-+][\d.]+)/g)].map(([, low, high]) => Number(high) - Number(low)); // prettier-ignore
    assert.ok(widths.length === 2 && widths[1]! < widths[0]! / 2, five);
  });

  it('says what it waits for, that it was overruled, and what it has not seen', async () => {
    assert.match(await pageOf(experimentsThat.wait()), /not begun<\/span> waits until fraud-v6-g5-1 has ended/);
    assert.match(await pageOf(experimentsThat.areOverruled()), /overruled<\/span> somebody changed the traffic/);
    const page = await pageOf(experimentsThat.haveNoLooks());
    assert.match(page, /under way<\/span> no look yet|under way<\/span> under way; no look yet/);
    assert.deepEqual(chartsOf(page), []);
  });

  it('keeps which version was taken out, when and why', async () => {
    const page = await pageOf(experimentsThat.lostAVersion());
    assert.match(page, /v6<\/a><small>taken out<\/small>/);
    assert.match(page, /take out v6<\/span> a guard is proven worse: errors: 90 of 900 requests failed/);
    assert.equal(chartsOf(page).length, 2, 'with its curve until then');
  });

  it('keeps the decision with the numbers behind it, links the rollout, and offers no buttons', async () => {
    const page = await pageOf(experimentsThat.areBetter());
    assert.match(page, /✓ better<\/span> v5 is better: revenue/);
    assert.match(page, /href="\/pipelines\/fraud\/rollouts\/fraud-v5-g7-1"/);
    assert.doesNotMatch(page, /stop-experiment/);
  });

  it('is linked from the page of its pipeline, which shows nothing where there was none', async () => {
    const page = await pageOf(experimentsThat.run(), '/pipelines/fraud');
    assert.ok(page.includes(`<a href="${ADDRESS}">fraud-e2</a>`));
    assert.match(page, /under way<\/span> not proven yet: v5/);
    assert.match(await pageOf(experimentsThat.areBetter(), '/pipelines/fraud'), /better<\/span> v5 is better/);
    const { app } = await open([]);
    assert.doesNotMatch((await app.inject({ url: '/pipelines/fraud', headers: PAGE })).body, /Experiments/);
  });

  it('is JSON for a program, and 404 for one that is not there', async () => {
    const { app } = await open([experimentsThat.run()]);
    assert.equal((await app.inject(ADDRESS)).json().plan.goal.name, 'revenue');
    const missing = await app.inject('/pipelines/fraud/experiments/nothing');
    assert.deepEqual([missing.statusCode, missing.json().error.code], [404, 'EXPERIMENT_UNKNOWN']);
  });

  it('stops the experiment that was shown, and leads back to it', async () => {
    const { app, scene } = await open([experimentsThat.run()]);
    const payload = new URLSearchParams({ pipeline: 'fraud', experiment: 'fraud-e2', reason: 'enough' }).toString();
    const stopped = await app.inject({ method: 'POST', url: '/actions/stop-experiment', headers: OWN, payload });
    assert.deepEqual([stopped.statusCode, stopped.headers['location']], [303, ADDRESS]);
    const given = { pipeline: 'fraud', experiment: 'fraud-e2', reason: 'enough' };
    assert.deepEqual(scene.done, [{ what: 'stop', given, by: 'console' }]);
  });
});
