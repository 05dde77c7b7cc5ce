import { createRetrainingActivities } from '../../../activities/retraining/retraining.ts';
import { createApprovalActivities } from '../../../activities/rollout/approval.ts';
import { createRolloutActivities } from '../../../activities/rollout/rollout.ts';
import { clockAt, rolloutPorts } from '../../support/postgres/rollout-ports.ts';
import { failureOf } from '../../support/steps/failures.ts';
import { inAttempts } from '../../support/steps/attempts.ts';
import { ada } from '../../support/asked.ts';
import { aRollout, aVersion, NOW, perennialDatabase } from '../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe('the steps of a rollout', () => {
  const database = perennialDatabase();
  /** Which runs were started, and which cycles the retraining loop was told of. */
  let heard: { started: [string, number | undefined][]; ended: string[] };
  beforeEach(() => void (heard = { started: [], ended: [] }));

  const ports = () => {
    const known = rolloutPorts(
      database(),
      clockAt(() => NOW),
    );
    return {
      ...known,
      rolloutRuns: {
        start: async ({ id }: { id: string }, cycle: { reopened: number } | null) => {
          heard.started.push([id, cycle?.reopened]);
          return id;
        },
      },
      loop: { ...known.loop, trainingEnded: async (_: string, cycle: string) => void heard.ended.push(cycle) },
    };
  };
  const steps = () => inAttempts({ ...createRolloutActivities(ports()), ...createApprovalActivities(ports()) });
  const nextStep = () =>
    inAttempts(createRetrainingActivities(ports())).decideNextStep({ pipeline: 'fraud', now: NOW });
  const promotions = async () =>
    (await database().query<{ who: string }>(`select who from audit where action = 'promote'`)).rows.map(({ who }) => who); // prettier-ignore
  const byHand = async () => {
    const { version } = await aVersion(database(), 'run-1');
    const wish = { pipeline: database.ref(), version, generation: 0, reason: 'why not', askedAt: NOW };
    return ports().rollouts.askByHand(wish, ada);
  };

  it('look up the version, and whether a person decides', async () => {
    await aRollout(database(), 'one');
    assert.deepEqual(await steps().openRollout({ rollout: 'one' }), {
      version: 1,
      cycle: 'one',
      reason: 'better',
      approval: 'none',
    });
  });

  it('look up the steps of any version after the first, also when none are declared', async () => {
    await aVersion(database(), 'first');
    await ports().traffic.promote({ pipeline: 'fraud', version: 1, expectedGeneration: 0, at: NOW, by: 'ada', reason: '' }); // prettier-ignore
    await aRollout(database(), 'two');
    const { steps: way } = await steps().openRollout({ rollout: 'two' });
    assert.deepEqual(
      way!.map(({ words }) => words),
      ['v2 as a shadow', 'v2 at 10 %', 'v2 at 50 %'],
    );
  });

  it('look up the outcome of a rollout that has ended', async () => {
    await aRollout(database(), 'one');
    await steps().endRollout({
      rollout: 'one',
      reopened: 0,
      outcome: { result: 'refused', reason: 'nobody approved' },
    });
    assert.equal((await steps().openRollout({ rollout: 'one' })).ended?.result, 'refused');
  });

  it('start nothing for a cycle that has been closed meanwhile', async () => {
    await aVersion(database(), 'one');
    await steps().askForRollout({ run: 'one', version: 1 });
    assert.deepEqual(heard.started, []);
    assert.deepEqual(await ports().rollouts.running('fraud'), []);
  });

  it("start the run of a challenger's rollout at each request, until it has ended", async () => {
    await aRollout(database(), 'one');
    await database().query('update cycles set reopened = 2');
    const ask = () => steps().askForRollout({ run: 'one', version: 1 });
    for (let i = 0; i < 2; i++) assert.deepEqual(await ask(), { rollout: 'one' });
    assert.deepEqual(heard.started, [['one', 2], ['one', 2]]); // prettier-ignore
    await steps().endRollout({ rollout: 'one', reopened: 2, outcome: { result: 'promoted', reason: '' } });
    await ask();
    assert.equal(heard.started.length, 2);
  });

  it('promote once, however often they are retried, with the rollout in the audit row', async () => {
    await aRollout(database(), 'one');
    const promote = () => steps().promoteVersion({ rollout: 'one', reason: 'better' });
    const { champion, generation } = await promote();
    assert.deepEqual([champion, generation], [1, 1]);
    assert.equal((await promote()).generation, 1);
    assert.deepEqual(await promotions(), ['rollout one']);
  });

  it('leave the traffic as it is when somebody has changed it since', async () => {
    const { version } = await aVersion(database(), 'another');
    await aRollout(database(), 'one');
    const change = { pipeline: 'fraud', version, expectedGeneration: 0, at: NOW, by: 'ada', reason: 'by hand' };
    await ports().traffic.promote(change);
    const failure = await failureOf(steps().promoteVersion({ rollout: 'one', reason: 'better' }));
    assert.deepEqual([failure.type, failure.nonRetryable], ['TRAFFIC_SUPERSEDED', true]);
  });

  it("supersede a training's rollout when one started by hand, waiting at the same time, was approved first", async () => {
    const { id } = await byHand();
    await steps().askForApproval({ rollout: id });
    await aRollout(database(), 'one');
    await steps().askForApproval({ rollout: 'one' });
    assert.deepEqual((await ports().approvals.waiting('fraud')).map(({ rollout }) => rollout).sort(), [id, 'one']);

    assert.equal((await steps().promoteVersion({ rollout: id, reason: 'approved' })).champion, 1);
    const failure = await failureOf(steps().promoteVersion({ rollout: 'one', reason: 'approved' }));
    assert.deepEqual([failure.type, failure.nonRetryable], ['TRAFFIC_SUPERSEDED', true]);
    await steps().endRollout({
      rollout: 'one',
      reopened: 0,
      outcome: { result: 'superseded', reason: failure.message },
    });
    assert.deepEqual(
      (await ports().rollouts.running('fraud')).map((rollout) => rollout.id),
      [id],
    );
  });

  it("end the cycle of a training's challenger, and tell the retraining loop", async () => {
    await aRollout(database(), 'one');
    await steps().endRollout({ rollout: 'one', reopened: 0, outcome: { result: 'promoted', reason: 'better' } });
    const outcome = { result: 'promoted', reason: 'better', version: 1, endedAt: NOW };
    assert.deepEqual((await ports().ledger.cycle('one')).outcome, outcome);
    assert.deepEqual((await ports().rollouts.get('one')).outcome, outcome);
    assert.deepEqual(heard.ended, ['one']);
  });

  it('raise an alert about a failed rollout, and not about its training', async () => {
    await aRollout(database(), 'one');
    const outcome = { result: 'failed', mayPass: true, reason: 'the database was away' } as const;
    await steps().endRollout({ rollout: 'one', reopened: 0, outcome });
    const [alert] = await ports().alerts.list({ pipeline: 'fraud', all: false, limit: 9 });
    assert.equal(alert?.summary, 'fraud: the rollout of v1 failed');
    assert.match(alert.detail, /one ended before v1 served: the database was away.*The rollout resumes at 2026-01-11/s);
  });

  it('end one that was started by hand without a cycle', async () => {
    const { id } = await byHand();
    await steps().promoteVersion({ rollout: id, reason: 'why not' });
    await steps().endRollout({ rollout: id, reopened: 0, outcome: { result: 'promoted', reason: 'why not' } });
    assert.equal((await ports().rollouts.get(id)).outcome?.result, 'promoted');
    assert.deepEqual([heard.ended, await promotions()], [[], [`rollout ${id}`]]);
  });

  it("keep the alert for another rollout's approval when one ends", async () => {
    const { id } = await byHand();
    await steps().askForApproval({ rollout: id });
    await aRollout(database(), 'one');
    await steps().endRollout({ rollout: 'one', reopened: 0, outcome: { result: 'failed', reason: 'so it is' } });
    const wanted = async () =>
      (await ports().alerts.list({ pipeline: 'fraud', all: false, limit: 9 })).some(({ kind }) => kind === 'approval-wanted'); // prettier-ignore
    assert.equal(await wanted(), true);
    await steps().endRollout({ rollout: id, reopened: 0, outcome: { result: 'refused', reason: 'no' } });
    assert.equal(await wanted(), false);
  });

  describe('for the retraining loop, with an open cycle', () => {
    it('restart the rollout if its run is gone, and not the training', async () => {
      await aRollout(database(), 'one');
      await database().query('update cycles set reopened = 1');
      const step = await nextStep();
      assert.deepEqual(heard.started, [['one', 1]]);
      // Loops of earlier releases know this kind too, so that they look again.
      assert.deepEqual(step, {
        kind: 'wait',
        until: '2026-01-11T03:10:00.000Z',
        why: 'v1 is being rolled out',
        milliseconds: 600_000,
      });
    });

    it('reopen a rollout whose failure may pass, and not its training', async () => {
      await aRollout(database(), 'one');
      const outcome = { result: 'failed', mayPass: true, reason: 'the database was away' } as const;
      await steps().endRollout({ rollout: 'one', reopened: 0, outcome });
      await database().query(`update cycles set outcome = outcome || '{"endedAt": "2026-01-01T00:00:00.000Z"}'`);
      assert.equal((await nextStep()).kind, 'wait');
      assert.deepEqual(heard.started, [['one', 1]]);
      assert.equal((await ports().rollouts.get('one')).outcome, null);
    });

    it('leave the rollout to a training of an earlier release, which does it itself', async () => {
      await aVersion(database(), 'one');
      await database().query('update cycles set outcome = null');
      await steps().askForApproval({ run: 'one', version: 1 });
      const step = await nextStep();
      assert.deepEqual([step.kind, heard.started], ['train', []]);
    });
  });

  describe('for a training that an earlier release began, which names its run', () => {
    const word = { approve: true, by: 'ada', reason: 'the card is read' };
    beforeEach(async () => {
      await aVersion(database(), 'one');
      await database().query('update cycles set outcome = null');
    });

    it('request approval, look for it, store a decision and promote as they did in that release', async () => {
      const { until, decision } = await steps().askForApproval({ run: 'one', version: 1 });
      assert.equal(decision, null);
      assert.equal((await steps().lookForWord({ run: 'one', until })).decision, null);
      assert.deepEqual(await steps().decideApproval({ run: 'one', decision: word }), word);
      assert.deepEqual((await steps().lookForWord({ run: 'one', until })).decision, word);
      assert.equal((await steps().promoteVersion({ run: 'one', version: 1, reason: 'read' })).champion, 1);
      assert.deepEqual(await promotions(), ['rollout one']);
    });

    it('promote where no approval is needed, and list that as a rollout', async () => {
      await steps().promoteVersion({ run: 'one', version: 1, reason: 'better' });
      const { version, ownRun, askedBy } = (await ports().rollouts.list({ limit: 1 }))[0]!;
      assert.deepEqual([version, ownRun, askedBy], [1, false, 'training run one']);
      assert.deepEqual(heard.started, []);
    });
  });
});
