import { createApprovalActivities } from '../../../activities/rollout/approval.ts';
import { clockSetting } from '../../../adapters/machine/clock.ts';
import { createAlerts } from '../../../adapters/postgres/alerts/alerts.ts';
import { createApprovals } from '../../../adapters/postgres/rollout/approvals.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { createModelVersions } from '../../../adapters/postgres/training/model-versions.ts';
import { createTrafficTable } from '../../../adapters/postgres/rollout/traffic.ts';
import { createRolloutProgress } from '../../../adapters/postgres/rollout/progress.ts';
import { createRollouts } from '../../../adapters/postgres/rollout/rollouts.ts';
import { createSharedClock } from '../../../adapters/postgres/shared-clock.ts';
import { createTrainingRuns } from '../../../adapters/postgres/training/training-runs.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { inAttempts } from '../../support/steps/attempts.ts';
import { aVersion, NOW, perennialDatabase } from '../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';
import { mock } from 'node:test';

describe('waiting for approval', () => {
  const database = perennialDatabase();
  const [HOURS, word] = [3_600_000, { approve: true, by: 'ada', reason: 'the card is read' }];

  const steps = (clock?: string) =>
    inAttempts(
      createApprovalActivities({
        pipelines: createPipelines(database()),
        trainingRuns: createTrainingRuns(database()),
        modelVersions: createModelVersions(database()),
        rollouts: createRollouts(database()),
        progress: createRolloutProgress(database()),
        approvals: createApprovals(database()),
        alerts: createAlerts(database()),
        sharedClock: createSharedClock(database(), clock),
      }),
    );
  /** The steps at a moment, on a clock that runs or stands still. */
  const stepsAt = (now: string, speed = 1) => steps(clockSetting(new Date(now), new Date(), speed));
  async function aChallenger() {
    const rollout = { approval: 'person' as const, approveWithin: '6 hours' };
    await createPipelines(database()).apply(aPipeline({ name: 'fraud', rollout }), 'ada');
    return { run: 'one', version: (await aVersion(database(), 'one')).version };
  }

  it('lasts as long as declared, and a later attempt waits only for the rest', async () => {
    const challenger = await aChallenger();
    const first = await stepsAt(NOW).askForApproval(challenger);
    assert.deepEqual([first.decision, first.within], [null, '6 hours']);
    assert.ok(Math.abs(first.milliseconds! - 6 * HOURS) < 60_000);
    const later = await stepsAt('2026-01-11T08:00:00.000Z').askForApproval(challenger);
    assert.equal(later.until, first.until);
    assert.ok(Math.abs(later.milliseconds! - HOURS) < 60_000);
    assert.equal((await stepsAt('2026-01-12T00:00:00.000Z').askForApproval(challenger)).milliseconds, 0);
  });

  it("ends by the clock that all machines share, whatever the worker's own clock shows", async () => {
    const challenger = await aChallenger();
    const now = Date.now();
    for (const wrong of [now + 24 * HOURS, now - 24 * HOURS])
      try {
        mock.timers.enable({ apis: ['Date'], now: wrong });
        const asked = await steps().askForApproval(challenger);
        assert.ok(Math.abs(Date.parse(asked.until) - (now + 6 * HOURS)) < HOURS, asked.until);
        assert.ok(Math.abs(asked.milliseconds! - 6 * HOURS) < HOURS);
        assert.equal((await steps().lookForWord({ run: 'one', until: asked.until })).milliseconds === 0, false);
      } finally {
        mock.timers.reset();
      }
  });

  it('ends when the traffic changes meanwhile, since no decision matters any more', async () => {
    const challenger = await aChallenger();
    const { until } = await stepsAt(NOW).askForApproval(challenger);
    const word = () => stepsAt(NOW).lookForWord({ run: 'one', until });
    assert.equal((await word()).superseded, undefined);
    await createTrafficTable(database()).promote({ pipeline: 'fraud', version: 1, expectedGeneration: 0, at: NOW, by: 'ada', reason: 'now' }); // prettier-ignore
    assert.match(
      (await word()).superseded!,
      /^The traffic of fraud is at generation 1, not 0: someone changed it meanwhile/,
    );
  });

  it('has no end on a clock that stands still', async () => {
    assert.equal((await stepsAt(NOW, 0).askForApproval(await aChallenger())).milliseconds, null);
  });

  it('continues on the stored decision, also when it is requested again', async () => {
    const challenger = await aChallenger();
    await stepsAt(NOW).askForApproval(challenger);
    assert.deepEqual(await stepsAt(NOW).decideApproval({ run: 'one', decision: word }), word);
    assert.deepEqual((await stepsAt(NOW).askForApproval(challenger)).decision, word);
  });
});
