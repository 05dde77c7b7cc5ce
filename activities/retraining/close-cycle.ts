import { type Alerts } from '../../core/alerts/alerts.ts';
import { type Approvals } from '../../core/rollout/approvals.ts';
import { type TrafficTable } from '../../core/rollout/traffic.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { REMEMBERED_CYCLES, type RetrainingLedger } from '../../core/training/retraining/retraining-ledger.ts';
import { type RetrainingLoop } from '../../core/training/retraining/retraining-loop.ts';
import { behindInWords } from '../../core/drift/verdict.ts';
import { type Verdicts } from '../../core/drift/verdicts.ts';
import { type CycleOutcome } from '../../core/training/retraining/retraining.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { instant } from '../../core/time/time.ts';
import { activityInfo } from '@temporalio/activity';
import { tellOfCycle, tellOfStreak } from '../alerts/alerting.ts';

export interface CycleEndPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>;
  ledger: Pick<RetrainingLedger, 'cycle' | 'cycles' | 'closeCycle' | 'cancelledBy'>;
  verdicts: Pick<Verdicts, 'list'>;
  loop: Pick<RetrainingLoop, 'trainingEnded'>;
  approvals: Pick<Approvals, 'waiting'>;
  traffic: Pick<TrafficTable, 'get'>;
  alerts: Pick<Alerts, 'raise' | 'resolve'>;
  sharedClock: SharedClock;
}

export interface CycleEnd {
  cycle: string;
  reopened?: number;
  outcome: Omit<CycleOutcome, 'endedAt'>;
  /** Whether a cancellation ended the run. Only the run knows: a request to cancel may not have reached it. */
  cancelled?: boolean;
}

/** What came of this run if a cancellation ended it: then it did not fail. */
export async function cancellationOf(
  ledger: Pick<RetrainingLedger, 'cancelledBy'>,
  pipeline: string,
  cancelled: boolean,
): Promise<{ result: 'cancelled'; reason: string } | null> {
  if (!cancelled) return null;
  const run = activityInfo().workflowExecution;
  const who = run ? await ledger.cancelledBy(pipeline, run) : null;
  // Temporal's own UI and CLI write nothing into our audit.
  const reason =
    who === null ? 'it was cancelled in Temporal, which does not tell by whom' : `a person cancelled it (${who})`;
  return { result: 'cancelled', reason };
}

/** Stores the cycle's outcome, and signals the retraining loop. */
export const createCycleEnd =
  ({ pipelines, ledger, verdicts, loop, approvals, traffic, alerts, sharedClock }: CycleEndPorts) =>
  async ({ cycle: id, reopened = 0, outcome: given, cancelled = false }: CycleEnd): Promise<void> => {
    const cycle = await ledger.cycle(id);
    const cancellation = await cancellationOf(ledger, cycle.pipeline, cancelled);
    const outcome = cancellation ? { version: given.version, ...cancellation } : given;
    await ledger.closeCycle(id, { ...outcome, endedAt: instant((await sharedClock.read()).now()) }, reopened);
    await loop.trainingEnded(cycle.pipeline, id);
    // Last, so that it cannot delay the loop.
    const pipeline = await pipelines.declaration(await pipelines.applied(cycle.pipeline));
    const closed = await ledger.cycle(id);
    const [newest] = await verdicts.list(cycle.pipeline, 1);
    const streak = (await ledger.cycles(cycle.pipeline, REMEMBERED_CYCLES)).filter((one) => one.asOf <= closed.asOf);
    // First what several in a row came to, which explains what became of this one.
    await tellOfStreak({ alerts, pipeline }, streak, newest ? behindInWords(newest) : []);
    await tellOfCycle({ alerts, approvals, traffic, pipeline }, closed);
  };
