import { aServer, aServingWorld, cleanUp } from '../server/fakes.ts';
import { Scene } from './fakes.ts';
import { aRunLine, aTrial } from './trials.ts';
import { perennial } from '../support/fake-operations.ts';
import assert from 'node:assert/strict';

const PAGE = { accept: 'text/html' };

describe('what training runs tried', () => {
  afterEach(cleanUp);
  const list = '/pipelines/fraud/training-runs';
  const one = `${list}/${encodeURIComponent(aRunLine().run)}`;
  const open = (scene: Scene) => aServer(aServingWorld(), { operations: scene.door() });
  async function pageOf(url: string, scene = new Scene()): Promise<string> {
    const { app } = await open(scene);
    const { statusCode, body } = await app.inject({ url, headers: PAGE });
    assert.equal(statusCode, 200, body);
    assert.doesNotMatch(body, /NaN|Infinity|undefined| style=/);
    return body.replace(/\s+/g, ' ').replaceAll('> <', '><');
  }

  it('is on a page while it runs: the best first, with rung, options and why one stopped', async () => {
    const page = await pageOf(one);
    const lines = [...page.slice(page.indexOf('Leaderboard')).matchAll(/<th scope="row" ?>([^<]+)<\/th><td>([^<]*)<\/td>/g)].map(([, name, rung]) => [name!.trim(), rung!.trim().replaceAll('\u00a0', ' ')]); // prettier-ignore
    assert.deepEqual(lines, [['mlp', ''], ['boosted-trial-001', '1 of 2'], ['boosted-trial-002', '1 of 2'], ['boosted-trial-003', ''], ['boosted-trial-004', '']]); // prettier-ignore
    assert.match(page, /Search of 4 trials on 3,000, 9,000 rows, within 10 minutes: It is under way\./);
    assert.match(page, /stopped<\/span><\/td><td class="words">trees 1000, learningRate 0\.04.*2 others were better on 33 % of the rows/); // prettier-ignore
    assert.match(page, /The loss was no longer a number\./);
  });

  it('is told with the story of its cycle, and without it when that cannot be read', async () => {
    const page = await pageOf(one);
    assert.match(page, /alarm<\/th><td><time[^>]*>2026-03-02&nbsp;21:00<\/time><\/td><td class="words">severe, 40 % of the columns moved: &lt;b&gt;amount/); // prettier-ignore
    const scene = new Scene();
    const operations = scene.operations('console');
    const silent = { ...operations, explain: { cycle: () => Promise.reject(new Error('it broke')) } };
    const { app } = await aServer(aServingWorld(), { operations: { as: () => silent } });
    const { statusCode, body } = await app.inject({ url: one, headers: PAGE });
    assert.equal(statusCode, 200);
    assert.match(body, /The story: [^<]*it broke/);
  });

  it('is drawn: the metric against an option, and how each loss went', async () => {
    const scene = Object.assign(new Scene(), { trials: [aTrial(1, { state: 'finished', winner: true }, 0.61), aTrial(2, {}, 0.33)], run: aRunLine({ winner: 'boosted-trial-001' }) }); // prettier-ignore
    const page = await pageOf(one, scene);
    assert.match(page, /aria-label="Average precision on selection against learningRate, 2 trials\. The winner has 0\.02: 0\.6100\."/); // prettier-ignore
    assert.match(page, /aria-label="Loss on selection by epoch or tree: 1 line\. The winner&#39;s, boosted-trial-001, ends at 0\.5500\."/); // prettier-ignore
    assert.match(await pageOf(`${one}?x=leaves`, scene), /against leaves, 2 trials\. The winner has 8/);
  });

  it('has the same facts as JSON, and the newest run without its id', async () => {
    const { app } = await open(new Scene());
    const facts = (await app.inject(`${list}/latest`)).json<{ run: { run: string }; trials: { spec: object }[]; curves: object }>(); // prettier-ignore
    assert.equal(facts.run.run, aRunLine().run);
    assert.deepEqual([facts.trials.length, Object.keys(facts.curves)], [5, ['boosted-trial-001']]);
    assert.deepEqual(facts.trials[1]!.spec, aTrial(1).spec);
  });

  it('is found by a form whose answer is an address, and a wrong one says how to write it', async () => {
    const asked: unknown[] = [];
    const scene = new Scene();
    const operations = scene.operations('console');
    const find = { ...operations, trials: { ...operations.trials, list: async (filter: unknown) => (asked.push(filter), scene.trials) } }; // prettier-ignore
    const { app } = await aServer(aServingWorld(), { operations: { as: () => find } });
    const url = `${list}?recipe=boosted&metric=averagePrecision&least=0.4&option=leaves%3D8..64&since=2026-03-01&x=leaves`;
    const { body } = await app.inject({ url, headers: PAGE });
    assert.match(body, /value="leaves=8\.\.64"/);
    assert.match(body, /<option selected\s*>averagePrecision/);
    assert.deepEqual(JSON.parse(JSON.stringify(asked[0])), {
      pipeline: 'fraud',
      recipe: 'boosted',
      metric: 'averagePrecision',
      least: 0.4,
      options: [{ option: 'leaves', least: 8, most: 64 }],
      since: '2026-03-01T00:00:00.000Z',
      limit: 200,
    });
    const wrong = await app.inject(`${list}?metric=f1`);
    assert.equal(wrong.statusCode, 400);
    assert.match(wrong.json<{ error: { message: string } }>().error.message, /metric is "f1": write one of averagePrecision/); // prettier-ignore
  });
});

describe('perennial models leaderboard and trials', () => {
  const { trials } = new Scene().operations('cli');

  it('shows the leaderboard of a run, also while it searches', async () => {
    const { code, out } = await perennial(['models', 'leaderboard', 'fraud'], { trials });
    assert.equal(code, 0);
    const [title, search, , head, ...lines] = out.trimEnd().split('\n');
    assert.equal(title, 'fraud-2026-03-04T08:00Z-3fa9c1, as of 2026-03-04 08:00');
    assert.match(search!, /^Search of 4 trials .* It is under way\.$/);
    assert.match(head!, /^candidate +\S.* +rung +state +seconds +options$/);
    assert.match(lines[0]!, /^mlp +0\.5800 +- +finished +2\.0 +/);
    assert.match(
      lines[1]!,
      /^boosted-trial-001 +0\.6100 +1 of 2 +waiting +2\.0 +trees 1000, learningRate 0\.02, .*leaves 8/,
    );
    assert.match(lines.at(-1)!, /failed +- +The loss was no longer a number\.$/);
    const json = await perennial(['models', 'leaderboard', 'fraud', '--json'], { trials });
    assert.equal((JSON.parse(json.out) as { trials: object[] }).trials.length, 5);
  });

  it('finds trials by what was asked', async () => {
    const asked: object[] = [];
    const list = async (filter: object) => (asked.push(filter), []);
    const line = ['--recipe', 'boosted', '--most', '0.4', '--metric', 'brier', '--option', 'leaves=8..', '--option', 'hidden=[64,32]', '--limit', '2000']; // prettier-ignore
    const { out } = await perennial(['models', 'trials', 'fraud', ...line], { trials: { list } });
    assert.equal(out, 'Nothing that was tried fits.\n');
    assert.deepEqual(JSON.parse(JSON.stringify(asked)), [
      {
        pipeline: 'fraud',
        recipe: 'boosted',
        metric: 'brier',
        most: 0.4,
        options: [
          { option: 'leaves', least: 8, most: null },
          { option: 'hidden', is: '[64,32]' },
        ],
        limit: 2000,
      },
    ]);
    for (const [wrong, words] of [
      [['--option', 'leaves'], /option is "leaves": write an option and its value, like leaves=31, or leaves=8\.\.64/],
      [['--limit', '9999'], /limit is "9999": write a number from 1 to 2000/],
      [['--state', 'best'], /state is "best": write one of waiting, running, stopped, finished, failed/],
      [['--least', 'much'], /least is "much": write a number/],
      [['--since', 'monday'], /since is "monday": write a moment like/],
    ] as const) {
      const { code, err } = await perennial(['models', 'trials', 'fraud', ...wrong], { trials });
      assert.equal(code, 1);
      assert.match(err, words);
    }
  });
});
