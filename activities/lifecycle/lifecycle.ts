import { type Approvals } from '../../core/rollout/approvals.ts';
import { type RolloutProgress } from '../../core/rollout/progress.ts';
import { type Rollouts } from '../../core/rollout/rollouts.ts';
import { decisionTime } from '../../core/time/clock.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { REMEMBERED_CYCLES, type RetrainingLedger } from '../../core/training/retraining/retraining-ledger.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { type CycleOutcome, decideRetraining, reopensAt } from '../../core/training/retraining/retraining.ts';
import { MINUTE, SECOND, type Instant } from '../../core/time/time.ts';
import { withFailures } from '../steps/failures.ts';
import { activityInfo, ApplicationFailure } from '@temporalio/activity';

export interface LifecyclePorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>;
  ledger: Pick<RetrainingLedger, 'openRequests' | 'cycles'>;
  approvals: Pick<Approvals, 'waiting'>;
  rollouts: Pick<Rollouts, 'ofCycle'>;
  progress: Pick<RolloutProgress, 'of'>;
  sharedClock: SharedClock;
}

/** The result of a request to train: an outcome, or a wait too long to sit through here. */
export type Trained = { outcome: CycleOutcome; why: null } | { outcome: null; why: string };

const PATIENCE = 10 * MINUTE;
const LONGEST_PAUSE = 30 * SECOND;

export const createLifecycleActivities = (ports: LifecyclePorts) => {
  const { pipelines, ledger, approvals, rollouts, progress, sharedClock } = ports;

  /** Why the retraining loop will not start soon; null when it will, or already trains. */
  async function longWait(name: string, asOf: Instant): Promise<string | null> {
    const [requests, cycles] = [await ledger.openRequests(name), await ledger.cycles(name, REMEMBERED_CYCLES)];
    const open = cycles.find(({ outcome }) => outcome === null);
    if (open) {
      const waits = (await approvals.waiting(name)).find(({ cycle }) => cycle === open.id);
      if (waits)
        return `${versionName(waits.version)} waits until ${waits.until} for somebody to approve it (perennial approve ${name})`;
      // The rollout of a cycle's challenger has the cycle's id. Its steps last as long as the traffic needs.
      const rollout = await rollouts.ofCycle(open.id);
      const { step } = rollout ? await progress.of(rollout.id) : { step: null };
      return rollout && step
        ? `${versionName(rollout.version)} is being rolled out, since ${step.since} in step ${step.at + 1} (perennial rollouts show ${name})`
        : null;
    }
    const pipeline = await pipelines.declaration(await pipelines.applied(name));
    const clock = await sharedClock.read();
    const decision = decideRetraining(pipeline, { requests, cycles, now: decisionTime(clock, asOf) });
    if (decision.kind !== 'wait' || clock.millisecondsUntil(decision.until) <= PATIENCE) return null;
    return `the retraining loop waits until ${decision.until}: ${decision.why}`;
  }

  return withFailures({
    /**
     * The outcome of the cycle that settles the request, or why nobody waits for it. Until there is either, this fails
     * and is retried after a pause: an attempt that stayed would occupy a slot of the control worker, and the
     * lifecycles of some dozen pipelines would together block the trainings they wait for.
     */
    async awaitTraining({
      pipeline,
      request,
      asOf,
    }: {
      pipeline: string;
      request: string;
      asOf: Instant;
    }): Promise<Trained> {
      const cycles = await ledger.cycles(pipeline, REMEMBERED_CYCLES);
      const cycle = cycles.find(({ requests }) => requests.includes(request));
      if (cycle?.outcome && !reopensAt(cycle)) return { outcome: cycle.outcome, why: null };
      const why = await longWait(pipeline, asOf);
      if (why !== null) return { outcome: null, why };
      throw ApplicationFailure.create({
        message: `The training of ${pipeline} has not ended yet`,
        type: 'TRAINING_GOES_ON',
        nextRetryDelay: Math.min(LONGEST_PAUSE, activityInfo().attempt * SECOND),
        category: 'BENIGN', // not logged: failing is how it waits
      });
    },
  });
};
export type LifecycleActivities = ReturnType<typeof createLifecycleActivities>;
