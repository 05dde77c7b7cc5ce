import { createExperimentActivities } from '../../../activities/experiments/experiments.ts';
import { runFailedAlert } from '../../../core/alerts/alert-words.ts';
import { after } from '../../../core/time/time.ts';
import { NOW, perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { until } from '../../support/temporal/workflows.ts';
import { ada } from '../../support/asked.ts';
import { Scene } from './scene.ts';
import assert from 'node:assert/strict';

describe('an experiment', () => {
  const database = perennialDatabase();
  let scene: Scene;
  beforeEach(async () => {
    scene = new Scene(database());
    await scene.champion();
  });
  // Before the database goes.
  afterEach(() => scene.close());

  const latest = async (id: string) => (await scene.ports.experiments.looks(id)).at(-1);
  const looked = (id: string, reason: RegExp) => until(async () => reason.test((await latest(id))?.reason ?? ''));
  const championAlone = { champion: 1, shares: [[1, 1]] };

  it('shares the traffic, finds the version that is better, and gives the champion its traffic back', async () => {
    const { id } = await scene.ask({ metric: 'clicks' });
    const ended = scene.run(id);
    await scene.begun(id);
    assert.deepEqual(await scene.traffic(), { champion: 1, shares: [[1, 0.5], [2, 0.5]] }); // prettier-ignore
    await scene.clicked({ 1: [1_000, 20], 2: [1_000, 40] });

    const outcome = await ended;
    assert.deepEqual([outcome.result, outcome.winner, outcome.alpha], ['better', 2, 0.05]);
    assert.match(outcome.reason, /^v2 is better: clicks 0\.2 higher \(from 0\.\d+ to 0\.\d+\)$/);
    const [control, arm] = outcome.arms;
    assert.deepEqual([control!.samples, control!.mean, arm!.samples, arm!.mean], [1_000, 0.2, 1_000, 0.4]);
    assert.ok(arm!.difference!.low < 0.2 && arm!.difference!.high > 0.2);
    assert.deepEqual(await scene.traffic(), championAlone);
    assert.deepEqual(scene.started, [], 'by default the winner is only named');
  });

  it('starts an ordinary rollout of the winner if the plan asks for one', async () => {
    const { id } = await scene.ask({ afterwards: 'promote' });
    const ended = scene.run(id);
    await scene.begun(id);
    await scene.clicked({ 1: [500, 10], 2: [500, 50] });

    const { rollout } = await ended;
    assert.deepEqual(scene.started, [rollout]);
    const asked = await scene.ports.rollouts.get(rollout!);
    assert.deepEqual([asked.version, asked.askedBy], [2, `experiment ${id}`]);
    assert.deepEqual(await scene.ports.progress.before(rollout!), [], 'nothing is in its way');
    assert.equal(
      (await scene.ports.traffic.get('fraud'))!.generation,
      asked.generation,
      'and its traffic is that of now',
    );
  });

  it('takes out a version at once when it is proven worse, and continues with the others', async () => {
    const { id } = await scene.ask({ versions: [1, 2, 3], shares: [0.4, 0.3, 0.3] });
    const ended = scene.run(id);
    await scene.begun(id);
    await scene.clicked({ 1: [800, 40], 2: [600, 5], 3: [600, 41] });
    await until(async () => (await scene.traffic()).shares.length === 2);
    assert.deepEqual(await scene.traffic(), { champion: 1, shares: [[1, 0.7], [3, 0.3]] }); // prettier-ignore
    await looked(id, /not proven yet: v3/);
    const { out } = await scene.ports.experiments.get(id);
    assert.deepEqual(out.map(({ version }) => version), [2]); // prettier-ignore
    assert.match(out[0]!.reason, /^it is proven worse: clicks 0\.35 lower/);

    scene.now = after(NOW, '15 days');
    const { result, reason } = await ended;
    assert.deepEqual([result, reason], ['undecided', 'no version was proven better or the same within 14 days']);
  });

  it('takes out a version when a guard trips: errors that servers count, or a number that is posted', async () => {
    const { id } = await scene.ask({ versions: [1, 2, 3], guards: ['errors', 'refunds:lower'] });
    const ended = scene.run(id);
    await scene.begun(id);
    await scene.clicked({ 1: [1_000, 20], 2: [1_000, 20], 3: [1_000, 20] });
    await looked(id, /not proven yet/);
    await scene.serve({
      1: { rows: 900, units: 900 },
      2: { rows: 900, units: 900, failed: 90 },
      3: { rows: 900, units: 900 },
    });
    await until(async () => (await scene.ports.experiments.get(id)).out.length === 1);
    const refunds = (version: number, each: number) =>
      scene.posted(
        'refunds',
        Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`v${version}-${i}`, i % each === 0 ? 1 : 0])),
      );
    await refunds(1, 20);
    await refunds(3, 4);

    const { result, reason } = await ended;
    assert.equal(result, 'kept');
    assert.match(reason, /^v2 was taken out \(a guard is proven worse: errors: 90 of 900/);
    assert.match(
      reason,
      /v3 was taken out \(a guard is proven worse: refunds: the mean is 0.25, the champion's 0.05: 0.2 higher/,
    );
    assert.deepEqual(await scene.traffic(), championAlone);
  });

  it('proves that versions are equivalent for practical purposes, but never without numbers', async () => {
    const { id } = await scene.ask({ same: 0.2 });
    const ended = scene.run(id);
    await scene.begun(id);
    await looked(id, /no prediction of v1, v2 is in the log yet/);
    assert.equal((await latest(id))!.decision, 'hold');
    const keys = [1, 2].flatMap((version) =>
      Array.from({ length: 900 }, (_, i) => ({ version, key: `v${version}-${i}` })),
    );
    await scene.answered(keys);
    await looked(id, /no sample of v1, v2 has a number "clicks" yet/);
    await scene.posted('clicks', Object.fromEntries(keys.map(({ key }, i) => [key, i % 3 === 0 ? 1 : 0])));

    const { result, winner, reason } = await ended;
    assert.deepEqual([result, winner], ['kept', null]);
    assert.match(reason, /^v2 is the same: clicks/);
  });

  it('is undecided when its time is up and no numbers came', async () => {
    const { id } = await scene.ask({ same: 0.2, longest: '2d' });
    const ended = scene.run(id);
    await scene.begun(id);
    scene.now = after(NOW, '49 hours');
    assert.equal((await ended).result, 'undecided');
  });

  it('ends with a clear reason when the versions do not get their shares', async () => {
    const { id } = await scene.ask();
    const ended = scene.run(id);
    await scene.begun(id);
    await scene.clicked({ 1: [1_500, 20], 2: [1_000, 20] });
    const { result, reason } = await ended;
    assert.equal(result, 'mismatch');
    assert.match(
      reason,
      /^sample ratio mismatch: of 2,500 samples, v1 60 % instead of 50 %, v2 40 % instead of 50 %\./,
    );
    assert.deepEqual(await scene.traffic(), championAlone);
  });

  it('ignores what servers answered before the versions had their shares', async () => {
    const { id } = await scene.ask();
    void scene.run(id);
    await scene.begun(id);
    await scene.answered(
      Array.from({ length: 3_000 }, (_, i) => ({ version: 1, key: `early-${i}` })),
      after(NOW, '10 seconds'),
    );
    await scene.clicked({ 1: [300, 20], 2: [300, 20] });
    await looked(id, /not proven yet/);
    assert.deepEqual((await latest(id))!.arms.map(({ samples }) => samples), [300, 300]); // prettier-ignore
  });

  it('counts an entity once, however many rows it has, and ignores one that met several versions', async () => {
    const { id } = await scene.ask();
    void scene.run(id);
    await scene.begun(id);
    await scene.answered([
      ...Array.from({ length: 400 }, (_, i) => ({ version: 1, entity: 'busy', key: `busy-${i}` })),
      { version: 1, entity: 'calm', key: 'calm-1' },
      { version: 2, entity: 'other', key: 'other-1' },
      { version: 2, entity: 'moved', key: 'moved-1' },
      { version: 1, entity: 'moved', key: 'moved-2' },
    ]);
    await scene.posted('clicks', {
      ...Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`busy-${i}`, i % 4])),
      'calm-1': 9,
    });
    await until(async () => (await latest(id))?.arms[0]?.count === 2);
    const look = (await latest(id))!;
    assert.deepEqual(look.arms.map(({ version, samples, mean }) => [version, samples, mean]), [[1, 2, (1.5 + 9) / 2], [2, 1, null]]); // prettier-ignore
    assert.equal(look.crossed, 1);
  });

  it('ignores rows whose caller named the version', async () => {
    const { id } = await scene.ask();
    void scene.run(id);
    await scene.begun(id);
    const row = { _named: true } as const;
    await scene.answered([
      ...Array.from({ length: 1_000 }, (_, i) => ({ version: 2, key: `test-${i}`, row })),
      { version: 1, key: 'a', entity: 'one' },
      { version: 2, key: 'b', entity: 'one', row },
      { version: 2, key: 'c' },
    ]);
    await scene.posted('clicks', { 'test-1': 9, a: 1, b: 5, c: 2 });
    await until(async () => (await latest(id))?.arms[1]?.count === 1);
    const look = (await latest(id))!;
    assert.deepEqual(look.arms.map(({ samples, mean }) => [samples, mean]), [[1, 1], [1, 2]]); // prettier-ignore
    assert.equal(look.crossed, 0);
  });

  it('counts late and corrected numbers, and treats a missing one as a value after a while if the plan says so', async () => {
    const { id } = await scene.ask({ absent: 0, within: '1 day' });
    void scene.run(id);
    await scene.begun(id);
    await scene.answered([
      { version: 1, key: 'a' },
      { version: 1, key: 'b' },
      { version: 2, key: 'c' },
      { version: 2, key: 'd' },
    ]);
    await scene.posted('clicks', { a: 1, c: 1 });
    scene.now = after(NOW, '2 hours');
    await looked(id, /or has waited 1 day for one/);
    scene.now = after(NOW, '2 days');
    const means = async () => (await latest(id))?.arms.map(({ mean }) => mean);
    await until(async () => JSON.stringify(await means()) === '[0.5,0.5]');
    await scene.posted('clicks', { a: 5, b: 1 }, after(NOW, '1 day'));
    scene.now = after(NOW, '3 days');
    await until(
      async () =>
        (
          await scene.ports.numbers.of({
            ...(await asked(id)),
            measure: { name: 'clicks', absent: 0, within: '1 day' },
          })
        ).arms.find(({ version }) => version === 1)!.moments.sum === 6,
    );
  });
  const asked = async (id: string) => {
    const { begunAt } = await scene.ports.experiments.get(id);
    return {
      pipeline: 'fraud',
      versions: [1, 2],
      since: begunAt!,
      freshSince: begunAt!,
      asOf: scene.now,
      labelKind: 'binary' as const,
    };
  };

  it('measures mature labels, and how wrong the scores were', async () => {
    const { id } = await scene.ask({ metric: 'label', better: 'lower', guards: [] });
    void scene.run(id);
    await scene.begun(id);
    await scene.answered([
      { version: 1, key: 'a', score: 0.1 },
      { version: 1, key: 'b', score: 0.9 },
      { version: 2, key: 'c', score: 0.5 },
    ]);
    await scene.labelled({ a: 0, b: 1, c: 1 });
    scene.now = after(NOW, '1 day');
    await looked(id, /no sample of v1, v2 has a label that counts, which takes 7 days yet/);
    scene.now = after(NOW, '8 days');
    await until(async () => (await latest(id))!.arms[0]!.count === 2);
    assert.deepEqual((await latest(id))!.arms.map(({ mean }) => mean), [0.5, 1]); // prettier-ignore
    const losses = await scene.ports.numbers.of({
      ...(await asked(id)),
      measure: { name: 'loss', absent: null, within: '7 days' },
    });
    const loss = (version: number) => losses.arms.find((arm) => arm.version === version)!.moments;
    assert.ok(Math.abs(loss(1).sum / loss(1).count + Math.log(0.9)) < 1e-9);
    assert.ok(Math.abs(loss(2).sum + Math.log(0.5)) < 1e-9);
  });

  it('can be stopped by a person, and keeps what is known', async () => {
    const { id } = await scene.ask();
    const ended = scene.run(id);
    await scene.begun(id);
    await scene.clicked({ 1: [100, 20], 2: [100, 25] });
    await looked(id, /not proven yet/);
    await scene.ports.experiments.stop(id, { reason: 'enough' }, ada);
    const outcome = await ended;
    assert.deepEqual([outcome.result, outcome.reason], ['stopped', 'ada stopped it: enough']);
    assert.equal(outcome.arms[1]!.mean, 0.25);
    assert.deepEqual(await scene.traffic(), championAlone);
  });

  it('is stopped, and no failure, when somebody cancels its run in Temporal itself', async () => {
    const { id } = await scene.ask();
    const ended = { result: 'failed', winner: null, reason: 'Workflow cancelled' } as const;
    await scene.attempt(scene.steps.endExperiment, { experiment: id, ended, cancelled: true });
    const { outcome } = await scene.ports.experiments.get(id);
    const said = ['stopped', 'it was cancelled in Temporal, which does not tell by whom'];
    assert.deepEqual([outcome!.result, outcome!.reason], said);
    assert.deepEqual(await scene.traffic(), championAlone);
  });

  it('ends as superseded as soon as somebody rolls back or promotes, and leaves that change alone', async () => {
    const { id } = await scene.ask();
    const ended = scene.run(id);
    await scene.begun(id);
    await looked(id, /no prediction/);
    await scene.ports.traffic.promote({
      pipeline: 'fraud',
      version: 3,
      expectedGeneration: 2,
      at: NOW,
      by: 'ada',
      reason: 'urgent',
    });
    const { result, reason } = await ended;
    assert.equal(result, 'superseded');
    assert.match(reason, /someone changed the traffic of fraud, which is at generation 3/);
    assert.deepEqual(await scene.traffic(), { champion: 3, shares: [[3, 1]] });
  });

  it('continues after its worker died at any point, and divides the traffic once', async () => {
    const { id } = await scene.ask();
    assert.deepEqual(await scene.watch(id), { result: 'continues' });
    assert.deepEqual([await scene.traffic().then(({ shares }) => shares.length), (await scene.ports.traffic.get('fraud'))!.generation], [2, 2]); // prettier-ignore
    scene.now = after(NOW, '1 hour');
    await scene.clicked({ 1: [500, 10], 2: [500, 50] });
    const came = await scene.watch(id);
    assert.equal(came.result, 'better');
    // It died before it could say so, and meanwhile other numbers came.
    await scene.posted(
      'clicks',
      Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`v2-${i}`, 0])),
      after(NOW, '30 minutes'),
    );
    assert.deepEqual(await scene.watch(id), came);
    const ended = { experiment: id, ended: came as never };
    await scene.attempt(scene.steps.endExperiment, ended);
    await scene.attempt(scene.steps.endExperiment, ended);
    assert.equal((await scene.ports.traffic.get('fraud'))!.generation, 3);
  });

  it('gives no traffic to an attempt that outlived it', async () => {
    const { id } = await scene.ask();
    await scene.watch(id);
    const living = scene.watch(id);
    await looked(id, /no prediction/);
    const ended = { result: 'failed', winner: null, reason: 'cancelled' } as const;
    await scene.attempt(scene.steps.endExperiment, { experiment: id, ended });
    assert.deepEqual(await living, ended);
    assert.deepEqual(await scene.traffic(), championAlone);
    await assert.rejects(
      scene.ports.traffic.divide({
        pipeline: 'fraud',
        arms: [{ version: 1, share: 0.5 }, { version: 2, share: 0.5 }], // prettier-ignore
        shadow: null,
        expectedGeneration: 3,
        at: NOW,
        by: `experiment ${id}`,
        reason: 'it was frozen',
        experiment: id,
      }),
      { code: 'TRAFFIC_SUPERSEDED' },
    );
  });

  it('obeys orders and takes out a failing version while it is still reading many numbers', async () => {
    const { id } = await scene.ask({ versions: [1, 2, 3] });
    await scene.watch(id);
    scene.now = after(NOW, '1 hour');
    await scene.clicked({ 1: [100, 20], 2: [100, 20], 3: [100, 20] });
    /** The first numbers come at once, the others never. */
    const watchSlowly = () => {
      const read: (AbortSignal | undefined)[] = [];
      const of: typeof scene.ports.numbers.of = (asked, signal) => {
        read.push(signal);
        return read.length === 1
          ? scene.ports.numbers.of(asked)
          : new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason as Error)));
      };
      const steps = createExperimentActivities({ ...scene.ports, numbers: { of } });
      return { read, came: scene.attempt(steps.watchExperiment, { experiment: id }) };
    };

    const first = watchSlowly();
    await until(() => first.read.length === 2);
    await scene.serve({ 1: { rows: 900, units: 900 }, 2: { rows: 900, units: 900, failed: 90 } });
    assert.deepEqual(await first.came, { result: 'continues' });
    assert.deepEqual((await scene.ports.experiments.get(id)).out.map(({ version }) => version), [2]); // prettier-ignore
    assert.ok(first.read[1]!.aborted, 'and what it still read ends with it');

    const second = watchSlowly();
    await until(() => second.read.length === 2);
    await scene.ports.experiments.stop(id, { reason: 'enough' }, ada);
    assert.deepEqual(await second.came, { result: 'stopped', winner: null, reason: 'ada stopped it: enough' });
  });

  it('fails and is retried when its numbers can no longer be read', async () => {
    const { id } = await scene.ask();
    await scene.watch(id);
    let reads = 0;
    const of: typeof scene.ports.numbers.of = async (asked) => {
      if (++reads > 1) throw new Error('no such table');
      return scene.ports.numbers.of(asked);
    };
    const steps = createExperimentActivities({ ...scene.ports, numbers: { of } });
    await assert.rejects(scene.attempt(steps.watchExperiment, { experiment: id }), /no such table/);
  });

  it('tells people when it has nothing to decide by, and when it reached no decision', async () => {
    const open = async () =>
      (await scene.ports.alerts.list({ limit: 9 })).map(({ kind, summary }) => `${kind}: ${summary}`);
    const { id } = await scene.ask();
    const ended = scene.run(id);
    await scene.begun(id);
    await looked(id, /no prediction/);
    assert.deepEqual(await open(), [], 'it is early');
    scene.now = after(NOW, '25 hours');
    const numberless = `experiment-undecided: fraud: experiment ${id} has nothing to decide by`;
    await until(async () => (await open())[0] === numberless);
    await scene.clicked({ 1: [100, 20], 2: [100, 20] });
    await until(async () => (await open()).length === 0);
    const failed = { workflowId: id, runId: 'r1', loop: 'experiment', failed: true, reason: 'away', code: null } as const; // prettier-ignore
    const fails = (runId: string) => scene.ports.alerts.raise(runFailedAlert('fraud', { ...failed, runId }, scene.now), '1 day'); // prettier-ignore
    await fails('r1');
    scene.now = after(NOW, '15 days');
    assert.equal((await ended).result, 'undecided');
    const undecided = `experiment-undecided: fraud: experiment ${id} ended without a decision: undecided`;
    assert.deepEqual(await open(), [undecided]);

    await fails('r2');
    const next = await scene.ask();
    void scene.run(next.id);
    await until(async () => (await open()).length === 0);
  });

  it('never begins once it has ended', async () => {
    const { id } = await scene.ask();
    const ended = { result: 'failed', winner: null, reason: 'cancelled' } as const;
    await scene.attempt(scene.steps.endExperiment, { experiment: id, ended });
    assert.deepEqual(await scene.watch(id), ended);
    assert.deepEqual(await scene.traffic(), championAlone);
  });

  it('keeps a bounded history of looks, spread over the time, and every decision', async () => {
    const { id } = await scene.ask();
    const look = { arms: [], crossed: 0, reason: 'not yet' };
    for (let i = 0; i < 400; i++)
      await scene.ports.experiments.record(id, {
        ...look,
        at: after(NOW, `${i} minutes`),
        ...(i === 7 ? { decision: 'take out', version: 2 } : { decision: 'wait' }),
      });
    const kept = await scene.ports.experiments.looks(id);
    assert.ok(kept.length <= 241 && kept.length > 200, String(kept.length));
    assert.equal(kept.filter(({ decision }) => decision === 'take out').length, 1);
    const minutes = kept.map(({ at }) => (Date.parse(at) - Date.parse(NOW)) / 60_000);
    assert.deepEqual([minutes[0], minutes.at(-1)], [0, 399]);
    assert.ok(Math.max(...minutes.slice(1).map((minute, i) => minute - minutes[i]!)) <= 4);
  });
});
