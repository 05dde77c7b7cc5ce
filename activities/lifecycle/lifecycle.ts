import { type Approvals } from '../../core/rollout/approvals.ts';
import { decisionTime } from '../../core/time/clock.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type RetrainingLedger } from '../../core/training/retraining-ledger.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { type CycleOutcome, decideRetraining, reopensAt } from '../../core/training/retraining.ts';
import { MINUTE, SECOND, type Instant } from '../../core/time/time.ts';
import { withFailures } from '../steps/failures.ts';
import { activityInfo, ApplicationFailure } from '@temporalio/activity';

export interface LifecyclePorts {
  pipelines: Pipelines;
  ledger: RetrainingLedger;
  approvals: Approvals;
  sharedClock: SharedClock;
}

/** What came of a request to train: an outcome, or a wait that is longer than anybody should wait here. */
export type Trained = { outcome: CycleOutcome; why: null } | { outcome: null; why: string };

const PATIENCE = 10 * MINUTE;
const LONGEST_PAUSE = 30 * SECOND;
const REMEMBERED_CYCLES = 200;

export const createLifecycleActivities = ({ pipelines, ledger, approvals, sharedClock }: LifecyclePorts) => {
  /** Why the retraining loop will not begin soon; null when it will, or trains already. */
  async function longWait(name: string, asOf: Instant): Promise<string | null> {
    const [requests, cycles] = [await ledger.openRequests(name), await ledger.cycles(name, REMEMBERED_CYCLES)];
    const open = cycles.find(({ outcome }) => outcome === null);
    if (open) {
      const waits = (await approvals.waiting(name)).find(({ cycle }) => cycle === open.id);
      return waits
        ? `${versionName(waits.version)} waits until ${waits.until} for somebody to approve it (perennial approve ${name})`
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
     * What came of the cycle that settles the request, or why it is not waited for. Until there is either it fails, and
     * is tried again after a pause: one that stayed would keep a place of the worker that decides, and the lifecycles of
     * some dozen pipelines would together keep the trainings they wait for from being begun.
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
        category: 'BENIGN', // nothing to log: this is how it waits
      });
    },
  });
};
export type LifecycleActivities = ReturnType<typeof createLifecycleActivities>;
