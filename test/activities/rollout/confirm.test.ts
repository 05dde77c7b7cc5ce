import { createConfirmActivities } from '../../../activities/rollout/confirm.ts';
import { createRolloutActivities } from '../../../activities/rollout/rollout.ts';
import { emptyTally } from '../../../core/rollout/evidence/tally.ts';
import { after, HOUR, type Instant } from '../../../core/time/time.ts';
import { ada } from '../../support/asked.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { aVersion, NOW, perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { clockAt, rolloutPorts } from '../../support/postgres/rollout-ports.ts';
import { shadowedRows } from '../../support/postgres/shadowed-rows.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';

describe('the confirmation of a version that got all traffic', () => {
  const database = perennialDatabase();
  let now: Instant;
  const ports = () =>
    rolloutPorts(
      database(),
      clockAt(() => now),
    );
  const run = <Input, Result>(step: (input: Input) => Promise<Result>, input: Input): Promise<Result> =>
    new MockActivityEnvironment().run(step as never, input as never) as Promise<Result>;
  const open = (rollout: string) => run(createRolloutActivities(ports()).openRollout, { rollout });
  const promote = (rollout: string, confirms = false) =>
    run(createRolloutActivities(ports()).promoteVersion, { rollout, reason: 'better', confirms });
  const look = (rollout: string) => run(createConfirmActivities(ports()).confirmVersion, { rollout });
  const ask = async (version: number, revision: string): Promise<string> => {
    const { generation } = (await ports().traffic.get('fraud'))!;
    const wish = { pipeline: { name: 'fraud', revision }, version, generation, reason: 'better', askedAt: now };
    return (await ports().rollouts.askByHand(wish, ada)).id;
  };
  const revision = async () => (await ports().pipelines.applied('fraud')).revision;
  const traffic = async () => {
    const { champion, arms, shadow, generation } = (await ports().traffic.get('fraud'))!;
    return { champion, arms: arms.map(({ version }) => version), shadow, generation };
  };
  const resultOf = async (id: string) => (await look(id)).result;

  /** v1 was the champion, and v2 has all traffic since NOW. */
  async function aPromoted(declared: object = {}): Promise<string> {
    now = NOW;
    for (const training of ['run-1', 'run-2', 'run-3']) await aVersion(database(), training);
    const first = { pipeline: 'fraud', at: NOW, by: 'ada', reason: 'first', expectedGeneration: 0, version: 1 };
    await ports().traffic.promote(first);
    const { ref } = await ports().pipelines.apply(aPipeline({ name: 'fraud', rollout: declared }), 'ada');
    const id = await ask(2, ref.revision);
    await promote(id, (await open(id)).confirms);
    const outcome = { result: 'promoted', reason: 'better' } as const;
    await run(createRolloutActivities(ports()).endRollout, { rollout: id, reopened: 0, outcome });
    return id;
  }
  /** Rows of the first hour after it, whose labels come within a week. */
  const served = async (worse: number | null, rows?: number): Promise<void> => {
    const { generation } = await traffic();
    await shadowedRows(database(), { generation, answering: 2, shadow: 1, worse, time: NOW, ...(rows && { rows }) });
    const tally = { ...emptyTally(), rows: 4_000, units: 4_000 };
    await ports().tallies.record('a/1', [
      { pipeline: 'fraud', generation, version: 1, tally },
      { pipeline: 'fraud', generation, version: 2, tally },
    ]);
  };

  it('keeps the former champion as a shadow, which is no candidate, and waits for the first labels', async () => {
    const id = await aPromoted();
    assert.deepEqual(await traffic(), { champion: 2, arms: [2], shadow: 1, generation: 2 });
    assert.equal((await ports().modelVersions.get('fraud', 1)).stage, 'archived');
    await served(2);
    assert.deepEqual(await look(id), {
      result: 'waits',
      reason: `the first labels are mature at ${after(NOW, '7 days')}`,
      milliseconds: HOUR,
    });
    assert.deepEqual(await ports().rollouts.running('fraud'), [], 'nobody waits for it');
  });

  it('takes back a version whose labels show that it is worse, with an alert, the numbers and an audit row', async () => {
    const id = await aPromoted();
    await served(2);
    now = after(NOW, '8 days');
    const came = await look(id);
    assert.equal(came.result, 'taken back');
    assert.match(came.reason, /^losses: .* on 4,000 labelled rows, v1's .* on the same: .* % larger/);
    assert.deepEqual(await traffic(), { champion: 1, arms: [1], shadow: null, generation: 3 });
    assert.equal((await ports().modelVersions.get('fraud', 1)).stage, 'production');
    const [alert] = await ports().alerts.list({ pipeline: 'fraud', all: false, limit: 9 });
    assert.equal(alert!.kind, 'rolled-back');
    const [recorded] = await ports().progress.looks(id);
    assert.deepEqual(
      [recorded!.decision, recorded!.arms.map(({ version, share }) => [version, share])],
      ['roll back', [[1, 'shadow'], [2, 1]]],
    ); // prettier-ignore
    assert.deepEqual(await look(id), came, 'a repeated call finds what was decided');
    assert.equal((await traffic()).generation, 3);
    assert.deepEqual((await ports().rollouts.get(id)).confirmation, came);
  });

  it('confirms a version whose labels show that it is no worse, and drops the shadow', async () => {
    const id = await aPromoted();
    await served(1);
    now = after(NOW, '8 days');
    assert.equal(await resultOf(id), 'confirmed');
    assert.deepEqual(await traffic(), { champion: 2, arms: [2], shadow: null, generation: 3 });
    assert.deepEqual(await ports().alerts.list({ pipeline: 'fraud', all: false, limit: 9 }), []);
  });

  it('waits while labels are inconclusive, and leaves the version unproven when they stay so', async () => {
    const id = await aPromoted({ confirm: { longest: '3 days' } });
    await served(1, 20);
    now = after(NOW, '9 days');
    assert.equal(await resultOf(id), 'waits');
    now = after(NOW, '11 days');
    const came = await look(id);
    assert.equal(came.result, 'unproven');
    assert.match(came.reason, /^after 3 days: losses: /);
    assert.deepEqual(await traffic(), { champion: 2, arms: [2], shadow: null, generation: 3 });
  });

  it('leaves the version unproven when its run ends early, and drops the shadow', async () => {
    const id = await aPromoted();
    const given = 'its run ended early: Workflow cancelled';
    const { confirmVersion } = createConfirmActivities(ports());
    const came = await run(confirmVersion, { rollout: id, given });
    assert.deepEqual([came.result, came.reason], ['unproven', given]);
    assert.deepEqual(await traffic(), { champion: 2, arms: [2], shadow: null, generation: 3 });
    assert.equal(await resultOf(id), 'unproven');
  });

  it('lets a newer version go first, and is superseded once that version changes the traffic', async () => {
    const id = await aPromoted();
    await served(2);
    now = after(NOW, '8 days');
    const newer = await ask(3, await revision());
    assert.equal((await open(newer)).waits, undefined, 'the newer waits for nobody');
    const came = await look(id);
    assert.deepEqual([came.result, came.reason], ['waits', `v3 is ready (${newer})`]);
    await promote(newer, true);
    assert.equal(await resultOf(id), 'superseded');
    assert.deepEqual(await traffic(), { champion: 3, arms: [3], shadow: 2, generation: 3 });
  });

  it('continues when a newer version was refused before it changed the traffic', async () => {
    const id = await aPromoted();
    await served(2);
    now = after(NOW, '8 days');
    const newer = await ask(3, await revision());
    assert.equal(await resultOf(id), 'waits');
    const outcome = { result: 'refused', reason: 'nobody approved it' } as const;
    await run(createRolloutActivities(ports()).endRollout, { rollout: newer, reopened: 0, outcome });
    assert.equal(await resultOf(id), 'taken back');
  });

  it('is superseded when somebody changes the traffic', async () => {
    const id = await aPromoted();
    await served(2);
    now = after(NOW, '8 days');
    const change = { pipeline: 'fraud', at: now, by: 'ada', reason: 'back', expectedGeneration: 2, version: 3 };
    await ports().traffic.promote(change);
    assert.equal(await resultOf(id), 'superseded');
    assert.deepEqual(await traffic(), { champion: 3, arms: [3], shadow: null, generation: 3 });
  });

  it('is superseded when somebody changes the traffic between its look and its action', async () => {
    const id = await aPromoted();
    await served(2);
    now = after(NOW, '8 days');
    const table = ports().traffic;
    const change = { pipeline: 'fraud', at: now, by: 'ada', reason: 'back', expectedGeneration: 2, version: 3 };
    const racing = {
      ...table,
      promote: async (promotion: Parameters<typeof table.promote>[0]) => {
        await table.promote(change);
        return table.promote(promotion);
      },
    };
    const { confirmVersion } = createConfirmActivities({ ...ports(), traffic: racing });
    const came = await run(confirmVersion, { rollout: id });
    assert.equal(came.result, 'superseded');
    assert.equal((await traffic()).champion, 3);
  });

  it('does not supersede a challenger that was trained against the version that it confirms', async () => {
    const id = await aPromoted();
    await served(1);
    const challenger = { generation: (await traffic()).generation };
    now = after(NOW, '8 days');
    assert.equal(await resultOf(id), 'confirmed');
    const newer = await ask(3, await revision());
    await database().query('update rollouts set generation = $2 where id = $1', [newer, challenger.generation]);
    await open(newer);
    assert.equal((await ports().rollouts.get(newer)).generation, 3);
  });

  it('supersedes a challenger that was trained against the version it took back', async () => {
    const id = await aPromoted();
    await served(2);
    now = after(NOW, '8 days');
    assert.equal(await resultOf(id), 'taken back');
    const newer = await ask(3, await revision());
    await database().query('update rollouts set generation = 2 where id = $1', [newer]);
    await open(newer);
    await assert.rejects(promote(newer), {
      type: 'TRAFFIC_SUPERSEDED',
    });
  });
});
