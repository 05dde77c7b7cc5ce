import { type Approvals } from '../core/approvals.ts';
import { versionName } from '../core/ids.ts';
import { type Clock, type Pipelines, type RetrainingLedger } from '../core/ports.ts';
import { type CycleOutcome, decideRetraining } from '../core/retraining.ts';
import { instant, latest, MINUTE, type Instant } from '../core/time.ts';
import { withFailures } from './failures.ts';
import { heartbeat, sleep } from '@temporalio/activity';

export interface LifecyclePorts {
  pipelines: Pipelines;
  ledger: RetrainingLedger;
  approvals: Approvals;
  clock: Clock;
}

/** What came of a request to train: an outcome, or a wait that is longer than anybody should wait here. */
export type Trained = { outcome: CycleOutcome; why: null } | { outcome: null; why: string };

const PATIENCE = 10 * MINUTE;
const LOOK_EVERY_MS = 1_000;
const REMEMBERED_CYCLES = 200;

export const createLifecycleActivities = ({ pipelines, ledger, approvals, clock }: LifecyclePorts) => {
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
    const decision = decideRetraining(pipeline, { requests, cycles, now: latest(instant(clock.now()), asOf) });
    if (decision.kind !== 'wait' || clock.millisecondsUntil(decision.until) <= PATIENCE) return null;
    return `the retraining loop waits until ${decision.until}: ${decision.why}`;
  }

  return withFailures({
    /** Stays until the cycle that settles the request has ended, unless policy or a person makes it wait. */
    async awaitTraining({ pipeline, request, asOf }: { pipeline: string; request: string; asOf: Instant }) {
      for (;;) {
        const cycles = await ledger.cycles(pipeline, REMEMBERED_CYCLES);
        const outcome = cycles.find(({ requests }) => requests.includes(request))?.outcome;
        if (outcome) return { outcome, why: null } as Trained;
        const why = await longWait(pipeline, asOf);
        if (why !== null) return { outcome: null, why } as Trained;
        heartbeat();
        await sleep(LOOK_EVERY_MS);
      }
    },
  });
};
export type LifecycleActivities = ReturnType<typeof createLifecycleActivities>;
