import { after as later, before as earlier } from '../../../core/time/time.ts';
import { type Trained } from '../../../activities/lifecycle/lifecycle.ts';
import { AS_OF, type Rig } from '../../support/steps/activities.ts';
import { failureOf } from '../../support/steps/failures.ts';
import { openCycle, openRig, trainVersion } from '../../support/steps/stages.ts';
import { runSql } from '../../support/postgres/postgres.ts';
import assert from 'node:assert/strict';

describe('waiting for the training of a lifecycle @slow', () => {
  let rig: Rig;
  beforeEach(async () => void (rig = await openRig('snapshot')));
  afterEach(() => rig?.close());

  const request = `schedule/fraud/${AS_OF}`;
  const ask = () => rig.run('askOnSchedule', { pipeline: 'fraud', asOf: AS_OF });
  const wait = (): Promise<Trained> => rig.run('awaitTraining', { pipeline: 'fraud', request, asOf: AS_OF });
  const openAndClose = async (): Promise<void> => {
    const cycle = { id: 'fraud-one', pipeline: 'fraud', reason: 'schedule', asOf: AS_OF, driftSince: null } as const;
    await rig.ports.ledger.openCycle({ ...cycle, requests: [request] });
    const outcome = { result: 'refused', version: 1, reason: 'no better', endedAt: AS_OF } as const;
    await rig.ports.ledger.closeCycle(cycle.id, outcome);
  };

  it('occupies no worker: it fails until the cycle has ended, then reports the outcome', async () => {
    // As of later than the debounce: the loop would begin at once.
    await ask();
    await rig.apply({ retraining: { debounce: '0 seconds' } });
    const { type, nonRetryable, nextRetryDelay, category } = await failureOf(wait());
    assert.deepEqual([type, nonRetryable, category], ['TRAINING_GOES_ON', false, 'BENIGN']);
    assert.equal(nextRetryDelay, 1_000);
    await openAndClose();
    const { outcome, why } = await wait();
    assert.deepEqual([outcome?.result, outcome?.reason, why], ['refused', 'no better', null]);
    assert.equal((await wait()).outcome?.version, 1, 'again, when the answer was lost');
  });

  it('ends early when policy makes the training wait for long', async () => {
    const yesterday = earlier(AS_OF, '1 hour');
    await rig.ports.ledger.openCycle({
      id: 'fraud-before',
      pipeline: 'fraud',
      reason: 'schedule',
      asOf: yesterday,
      driftSince: null,
      requests: [],
    });
    const outcome = { result: 'refused', version: 1, reason: 'no better', endedAt: yesterday } as const;
    await rig.ports.ledger.closeCycle('fraud-before', outcome);
    await ask();
    const waits = await wait();
    assert.equal(waits.outcome, null);
    assert.match(waits.why!, new RegExp(`the retraining loop waits until ${later(yesterday, '6 hours')}`));
  });

  it('ends early while a person has not decided yet', async () => {
    await rig.apply({ rollout: { approval: 'person' } });
    await ask();
    const { id } = await openCycle(rig, { id: 'fraud-first' });
    const { run, version } = await trainVersion(rig, id);
    await rig.run('askForApproval', { run: run.id, version });
    const waits = await wait();
    assert.match(waits.why!, /v1 waits until .* for somebody to approve it/);
  });

  it('ends early while a rollout takes its steps', async () => {
    await ask();
    const { id } = await openCycle(rig, { id: 'fraud-first' });
    const { run, version } = await trainVersion(rig, id);
    await rig.run('askForRollout', { run: run.id, version });
    await runSql(rig.url, `update perennial.rollouts set step = 1, step_since = '${AS_OF}'`);
    assert.match((await wait()).why!, /^v1 is being rolled out, since .* in step 2 \(perennial rollouts show fraud\)$/);
  });
});
