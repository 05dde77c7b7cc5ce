import { createRolloutActivities } from '../../../activities/rollout/rollout.ts';
import { createStepActivities } from '../../../activities/rollout/take-step.ts';
import { type OrderName } from '../../../core/rollout/steps/decide.ts';
import { canary } from '../../../core/rollout/steps/declared-steps.ts';
import { type Look } from '../../../core/rollout/progress.ts';
import { type RolloutOutcome } from '../../../core/rollout/rollouts.ts';
import { type Division } from '../../../core/rollout/traffic.ts';
import { emptyTally, type Tally } from '../../../core/rollout/evidence/tally.ts';
import { after, type Instant } from '../../../core/time/time.ts';
import { ada } from '../../support/asked.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { aVersion, NOW, perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { clockAt, rolloutPorts } from '../../support/postgres/rollout-ports.ts';
import { shadowedRows } from '../../support/postgres/shadowed-rows.ts';
import { until } from '../../support/temporal/workflows.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';

type StepInput = ReturnType<typeof canary>[number];

describe('a step of a rollout', () => {
  const attempts: { environment: MockActivityEnvironment; ended: Promise<unknown> }[] = [];
  // Before the database goes.
  afterEach(async () => {
    for (const { environment } of attempts) environment.cancel('CANCELLED');
    await Promise.allSettled(attempts.splice(0).map(({ ended }) => ended));
  });
  const database = perennialDatabase();
  let now: Instant;
  const ports = () =>
    rolloutPorts(
      database(),
      clockAt(() => now),
    );
  function attempt<Input, Result>(step: (input: Input) => Promise<Result>, input: Input): Promise<Result> {
    const environment = new MockActivityEnvironment();
    const ended = environment.run(step as never, input as never) as Promise<Result>;
    attempts.push({ environment, ended });
    return ended;
  }
  const takeStep = (rollout: string, step = 0) => attempt(createStepActivities(ports()).takeStep, { rollout, step });
  const takeItsEnd = (rollout: string): void => void takeStep(rollout).catch(() => undefined);

  /** v1 is the champion, and v2 begins its rollout. */
  async function aRolloutOf(steps: StepInput[], more: object = {}): Promise<string> {
    now = NOW;
    for (const run of ['run-1', 'run-2', 'run-3']) await aVersion(database(), run);
    const promotion = { pipeline: 'fraud', at: NOW, by: 'ada', reason: 'first', expectedGeneration: 0, version: 1 };
    await ports().traffic.promote(promotion);
    const { ref } = await ports().pipelines.apply(aPipeline({ name: 'fraud', rollout: { steps, ...more } }), 'ada');
    return askFor(2, ref);
  }
  const askFor = async (version: number, pipeline: { name: string; revision: string }, askedAt = NOW) => {
    const { generation } = (await ports().traffic.get('fraud'))!;
    const wish = { pipeline, version, generation, reason: 'better', askedAt };
    return (await ports().rollouts.askByHand(wish, ada)).id;
  };
  const tally = (units: number, failed = 0): Tally => {
    const times = emptyTally().times.with(0, units);
    return {
      ...emptyTally(),
      rows: units,
      units,
      failed,
      times,
      scores: { count: units, sum: units / 4, squares: units / 8 },
    };
  };
  /** What servers have counted since the traffic last changed. */
  async function serve(challenger: Tally, champion: Tally): Promise<void> {
    const { generation } = (await ports().traffic.get('fraud'))!;
    await ports().tallies.record('a/1', [
      { pipeline: 'fraud', generation, version: 1, tally: champion },
      { pipeline: 'fraud', generation, version: 2, tally: challenger },
    ]);
  }
  const traffic = async () => {
    const { arms, shadow, champion } = (await ports().traffic.get('fraud'))!;
    return { champion, shares: arms.map(({ version, share }) => [version, share]), shadow };
  };
  const begun = (id: string, step = 0) => until(async () => (await ports().progress.of(id)).step?.at === step);
  const decisions = async (id: string) => (await ports().progress.looks(id)).map(({ decision }) => decision);
  const looks = (id: string, decision: Look['decision']) => until(async () => (await decisions(id)).includes(decision));
  const tell = (rollout: string, order: OrderName) =>
    ports().progress.give(rollout, { order, by: 'ada', reason: 'I look at it', at: now });
  const open = (rollout: string) => attempt(createRolloutActivities(ports()).openRollout, { rollout });
  const alerts = async () =>
    (await ports().alerts.list({ pipeline: 'fraud', all: false, limit: 9 })).map(({ kind }) => kind);
  const tenth = { share: 0.1, bake: '1 hour', minRequests: 500, longest: '1 day' };

  it('gives the challenger exactly its share, and ends once it has baked and had enough requests', async () => {
    const id = await aRolloutOf([tenth]);
    const step = takeStep(id);
    await begun(id);
    assert.deepEqual(await traffic(), { champion: 1, shares: [[1, 0.9], [2, 0.1]], shadow: null }); // prettier-ignore
    await serve(tally(600), tally(5_400));
    await looks(id, 'wait');
    now = after(NOW, '1 hour');
    assert.deepEqual(await step, { result: 'next' });
    const [first, last] = [(await ports().progress.looks(id))[0]!, (await ports().progress.looks(id)).at(-1)!];
    assert.equal(first.step, 0);
    assert.deepEqual(
      last.arms.map(({ version, share, units }) => [version, share, units]),
      [
        [1, 0.9, 5_400],
        [2, 0.1, 600],
      ],
    );
    assert.ok(last.findings.length >= 4, 'with the numbers of each check');
    assert.deepEqual(await takeStep(id), { result: 'next' }, 'a repeated call changes nothing');
  });

  it('begins as a shadow, which answers nobody', async () => {
    const id = await aRolloutOf(canary());
    takeItsEnd(id);
    await begun(id);
    assert.deepEqual(await traffic(), { champion: 1, shares: [[1, 1]], shadow: 2 });
  });

  it("removes a shadow with a higher loss on the champion's rows as soon as their labels are mature", async () => {
    const id = await aRolloutOf(canary());
    const step = takeStep(id);
    await begun(id);
    const { generation } = (await ports().traffic.get('fraud'))!;
    await shadowedRows(database(), { generation, answering: 1, shadow: 2, worse: 2, time: NOW });
    await serve(tally(100), tally(100));
    await looks(id, 'wait');
    now = after(NOW, '8 days');
    const came = await step;
    assert.ok(came.result === 'rolled back');
    assert.match(came.reason, /^v2 as a shadow: losses: .* on 4,000 labelled rows, the champion's .* on the same/);
  });

  it('takes a worse challenger out of the traffic, with an alert, and keeps the numbers', async () => {
    const id = await aRolloutOf([tenth]);
    const step = takeStep(id);
    await begun(id);
    await serve(tally(300, 30), tally(2_700, 3));
    const came = await step;
    assert.ok(came.result === 'rolled back');
    assert.match(came.reason, /^v2 at 10 %: errors: /);
    assert.deepEqual(await traffic(), { champion: 1, shares: [[1, 1]], shadow: null });
    assert.deepEqual(await alerts(), ['rolled-back']);
    const last = (await ports().progress.looks(id)).at(-1)!;
    assert.deepEqual([last.decision, last.arms[1]!.failed], ['roll back', 30]);
    assert.equal((await ports().modelVersions.get('fraud', 2)).stage, 'archived');
  });

  it('holds without traffic, says so once, and continues by itself when requests come', async () => {
    const id = await aRolloutOf([tenth]);
    const step = takeStep(id);
    await begun(id);
    now = after(NOW, '25 hours');
    await until(async () => (await alerts()).includes('rollout-held'));
    assert.deepEqual(await decisions(id).then((all) => all.filter((one) => one === 'roll back')), []);
    await serve(tally(500), tally(4_500));
    assert.deepEqual(await step, { result: 'next' });
    assert.deepEqual(await alerts(), []);
  });

  it('rolls back although the attempt that decided so died before it could report it', async () => {
    const id = await aRolloutOf([tenth]);
    takeItsEnd(id);
    await begun(id);
    await serve(tally(300, 30), tally(2_700, 3));
    await looks(id, 'roll back');
    await until(async () => (await traffic()).shares.length === 1);
    const again = await takeStep(id);
    assert.equal(again.result, 'rolled back');
    assert.equal((await ports().traffic.get('fraud'))!.generation, 3);
  });

  it('can be held by a person, still rolls back while it is held, and continues when told', async () => {
    const id = await aRolloutOf([tenth]);
    const step = takeStep(id);
    await begun(id);
    await tell(id, 'hold');
    await serve(tally(600), tally(5_400));
    now = after(NOW, '2 hours');
    await looks(id, 'hold');
    await serve(tally(700, 50), tally(6_300, 1));
    assert.equal((await step).result, 'rolled back');
  });

  it("obeys a person's orders: continue, skip and abort", async () => {
    const id = await aRolloutOf([
      { ...tenth, pause: true },
      { ...tenth, share: 0.5 },
      { ...tenth, share: 0.6 },
    ]);
    const first = takeStep(id);
    await begun(id);
    await serve(tally(600), tally(5_400));
    now = after(NOW, '2 hours');
    await looks(id, 'hold');
    await tell(id, 'continue');
    assert.deepEqual(await first, { result: 'next' });

    const second = takeStep(id, 1);
    await begun(id, 1);
    await tell(id, 'skip');
    assert.deepEqual(await second, { result: 'next' });

    const third = takeStep(id, 2);
    await begun(id, 2);
    await tell(id, 'abort');
    assert.deepEqual(await third, { result: 'rolled back', reason: 'v2 at 60 %: ada aborted it: I look at it' });
    await assert.rejects(tell('nothing', 'hold'), { code: 'NOTHING_TO_ORDER' });
  });

  it('ends as superseded when somebody changes the traffic, and leaves it alone', async () => {
    const id = await aRolloutOf([tenth]);
    const step = takeStep(id);
    await begun(id);
    await ports().traffic.promote({ pipeline: 'fraud', at: NOW, by: 'ada', reason: 'now', expectedGeneration: 2, version: 3 }); // prettier-ignore
    const came = await step;
    assert.ok(came.result === 'superseded');
    assert.match(came.reason, /at generation 3, not 2: someone changed it/);
    assert.deepEqual(await traffic(), { champion: 3, shares: [[3, 1]], shadow: null });
  });

  it('ends as superseded when somebody changed the traffic before it began', async () => {
    const id = await aRolloutOf([tenth]);
    await ports().traffic.promote({ pipeline: 'fraud', at: NOW, by: 'ada', reason: 'now', expectedGeneration: 1, version: 3 }); // prettier-ignore
    assert.equal((await takeStep(id)).result, 'superseded');
    assert.deepEqual(await traffic(), { champion: 3, shares: [[3, 1]], shadow: null });
  });

  it('ends as superseded when somebody changes the traffic between its look and its action', async () => {
    const id = await aRolloutOf([tenth]);
    const table = ports().traffic;
    const promotion = { pipeline: 'fraud', at: NOW, by: 'ada', reason: 'now', expectedGeneration: 1, version: 3 };
    const divide = async (division: Division) => {
      if ((await table.get('fraud'))!.generation === 1) await table.promote(promotion);
      return table.divide(division);
    };
    const { takeStep: racing } = createStepActivities({ ...ports(), traffic: { get: table.get, divide } });
    assert.equal((await attempt(racing, { rollout: id, step: 0 })).result, 'superseded');
    assert.deepEqual(await traffic(), { champion: 3, shares: [[3, 1]], shadow: null });
  });

  describe('with two attempts, because Temporal took the first for dead', () => {
    it('is rolled back by one of them, and the other reports the same', async () => {
      const id = await aRolloutOf([tenth]);
      const step = takeStep(id);
      await looks(id, 'wait');
      const look = { step: 0, at: NOW, decision: 'roll back', reason: 'errors', arms: [], findings: [] } as const;
      await ports().progress.record(id, { ...look, arms: [] });
      const out = { pipeline: 'fraud', arms: [{ version: 1, share: 1 }], shadow: null, expectedGeneration: 2 };
      await ports().traffic.divide({ ...out, at: NOW, by: 'the other', reason: 'errors', rollout: { id, step: 0 } });
      assert.deepEqual(await step, { result: 'rolled back', reason: 'v2 at 10 %: errors' });
      assert.deepEqual(await traffic(), { champion: 1, shares: [[1, 1]], shadow: null });
    });

    it('does not touch the next step', async () => {
      const id = await aRolloutOf([tenth, { ...tenth, share: 0.5 }]);
      const first = takeStep(id);
      await begun(id);
      assert.ok(await ports().progress.pass(id, 0, 0));
      const next = takeStep(id, 1);
      await begun(id, 1);
      // Half of all failures are the challenger's: far too many at a tenth of the requests.
      await serve(tally(3_000, 60), tally(3_000, 60));
      assert.deepEqual(await first, { result: 'next' });
      now = after(NOW, '2 hours');
      assert.deepEqual(await next, { result: 'next' });
    });
  });

  it('does not skip an order that came at the last moment', async () => {
    const id = await aRolloutOf([tenth]);
    takeItsEnd(id);
    await begun(id);
    await tell(id, 'hold');
    assert.equal(await ports().progress.pass(id, 0, 0), false);
    assert.equal((await ports().progress.of(id)).passed, 0);
    assert.equal(await ports().progress.pass(id, 0, 1), true);
    await assert.rejects(tell(id, 'hold'), { code: 'NOTHING_TO_ORDER' });
  });

  it('continues after its worker died, in the same step and with the same traffic', async () => {
    const id = await aRolloutOf([tenth]);
    const first = takeStep(id);
    await begun(id);
    attempts[0]!.environment.cancel('CANCELLED');
    await assert.rejects(first);
    await serve(tally(600), tally(5_400));
    now = after(NOW, '2 hours');
    assert.deepEqual(await takeStep(id), { result: 'next' });
    assert.equal((await ports().traffic.get('fraud'))!.generation, 2);
  });

  it('leaves nothing in the traffic when the rollout fails', async () => {
    const id = await aRolloutOf([tenth]);
    takeItsEnd(id);
    await begun(id);
    const { endRollout } = createRolloutActivities(ports());
    const outcome = { result: 'failed', reason: 'a bug' } as const;
    await attempt(endRollout, { rollout: id, reopened: 0, outcome });
    assert.deepEqual(await traffic(), { champion: 1, shares: [[1, 1]], shadow: null });
  });

  describe('of one of two rollouts', () => {
    const second = async (id: string) => {
      const { revision } = await ports().rollouts.get(id);
      await database().query(
        `insert into rollouts (id, pipeline, revision, version, generation, reason, asked_by, asked_at, own_run)
         values ('second', 'fraud', $1, 3, 1, 'better still', 'ada', $2, true)`,
        [revision, after(NOW, '1 hour')],
      );
      return 'second';
    };
    const awaitTurn = (rollout: string, waits: string[] = []) =>
      attempt(createStepActivities(ports()).awaitTurn, { rollout, waits });
    const end = (rollout: string, outcome: Pick<RolloutOutcome, 'result' | 'reason'>) =>
      attempt(createRolloutActivities(ports()).endRollout, { rollout, reopened: 0, outcome });

    it('waits for the earlier one to end, and begins with the champion that it made', async () => {
      const id = await aRolloutOf([tenth]);
      const later = await second(id);
      let ended = false;
      const turn = awaitTurn(later).then(() => (ended = true));
      takeItsEnd(id);
      await begun(id);
      await tell(id, 'skip');
      await attempt(createRolloutActivities(ports()).promoteVersion, { rollout: id, reason: 'better' });
      assert.equal(ended, false);
      await end(id, { result: 'promoted', reason: 'better' });
      await turn;
      takeItsEnd(later);
      await begun(later);
      assert.deepEqual(await traffic(), { champion: 2, shares: [[2, 0.9], [3, 0.1]], shadow: null }); // prettier-ignore
    });

    it('gives way to the newer one, where that is declared', async () => {
      const id = await aRolloutOf([tenth], { newer: 'replaces' });
      const step = takeStep(id);
      await begun(id);
      await second(id);
      assert.deepEqual(await step, {
        result: 'superseded',
        reason: 'v2 at 10 %: v3 is ready, and replaces it (second)',
      });
      assert.deepEqual(await traffic(), { champion: 1, shares: [[1, 1]], shadow: null });
      await end(id, { result: 'superseded', reason: 'replaced' });
      assert.equal((await ports().traffic.get('fraud'))!.generation, 3, 'its end changes nothing any more');
      await awaitTurn('second', [id]);
      takeItsEnd('second');
      await begun('second');
      assert.deepEqual(await traffic(), { champion: 1, shares: [[1, 0.9], [3, 0.1]], shadow: null }); // prettier-ignore
    });

    it('begins after one that failed and left the traffic at its end, even if no worker ran meanwhile', async () => {
      const id = await aRolloutOf([tenth]);
      takeItsEnd(id);
      await begun(id);
      const { waits } = await open(await second(id));
      assert.deepEqual(waits, [id]);
      await end(id, { result: 'failed', reason: 'a bug' });
      await awaitTurn('second', waits);
      takeItsEnd('second');
      await begun('second');
      assert.deepEqual(await traffic(), { champion: 1, shares: [[1, 0.9], [3, 0.1]], shadow: null }); // prettier-ignore
    });

    it('does not overtake the one in the traffic, whichever the clock says was requested first', async () => {
      const id = await aRolloutOf([tenth]);
      takeItsEnd(id);
      await begun(id);
      await second(id);
      await database().query("update rollouts set asked_at = asked_at - interval '1 day' where id = 'second'");
      assert.deepEqual((await open('second')).waits, [id]);
      assert.equal((await open(id)).waits, undefined);
    });

    it('has no steps left when the earlier one gave its version all traffic', async () => {
      const id = await aRolloutOf([tenth]);
      await ports().traffic.promote({ pipeline: 'fraud', at: NOW, by: 'ada', reason: 'now', expectedGeneration: 1, version: 2 }); // prettier-ignore
      assert.equal((await open(id)).steps, undefined);
    });
  });

  it('tells people when one started by hand fails, and that it is no longer held', async () => {
    const id = await aRolloutOf([tenth]);
    takeItsEnd(id);
    await begun(id);
    await tell(id, 'hold');
    await until(async () => (await alerts()).includes('rollout-held'));
    attempts[0]!.environment.cancel('CANCELLED');
    await attempts[0]!.ended.catch(() => undefined);
    const outcome = { result: 'failed', reason: 'a bug' } as const;
    await attempt(createRolloutActivities(ports()).endRollout, { rollout: id, reopened: 0, outcome });
    assert.deepEqual(await alerts(), ['rollout-failed']);
  });

  it('begins its step again when it is resumed after it failed and left the traffic', async () => {
    const id = await aRolloutOf([tenth]);
    takeItsEnd(id);
    await begun(id);
    const outcome = { result: 'failed', reason: 'the database was away' } as const;
    await attempt(createRolloutActivities(ports()).endRollout, { rollout: id, reopened: 0, outcome });
    await database().query('update rollouts set outcome = null');
    assert.equal((await open(id)).passed, 0);
    const step = takeStep(id);
    await until(async () => (await traffic()).shares.length === 2);
    await serve(tally(600), tally(5_400));
    now = after(NOW, '2 hours');
    assert.deepEqual(await step, { result: 'next' });
  });

  it('ends even if a person changed the traffic at the same moment', async () => {
    const id = await aRolloutOf([tenth]);
    takeItsEnd(id);
    await begun(id);
    const promotion = { pipeline: 'fraud', at: NOW, by: 'ada', reason: 'now', expectedGeneration: 2, version: 3 };
    const racing = { ...ports(), traffic: { ...ports().traffic, divide: async (division: Division) => {
      await ports().traffic.promote(promotion);
      return ports().traffic.divide(division);
    } } }; // prettier-ignore
    const outcome = { result: 'failed', reason: 'a bug' } as const;
    await attempt(createRolloutActivities(racing).endRollout, { rollout: id, reopened: 0, outcome });
    assert.equal((await ports().rollouts.get(id)).outcome?.result, 'failed');
    assert.deepEqual(await traffic(), { champion: 3, shares: [[3, 1]], shadow: null });
  });
});
