import { type Alerts } from '../../core/alerts/alerts.ts';
import { type Approvals } from '../../core/rollout/approvals.ts';
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
  alerts: Pick<Alerts, 'raise' | 'resolve'>;
  sharedClock: SharedClock;
}

export interface CycleEnd {
  cycle: string;
  reopened?: number;
  outcome: Omit<CycleOutcome, 'endedAt'>;
}

/** What came of this run, which ended early, if a person cancelled it: then it did not fail. */
export async function cancellationOf(
  ledger: Pick<RetrainingLedger, 'cancelledBy'>,
  pipeline: string,
  { result }: { result: string },
): Promise<{ result: 'cancelled'; reason: string } | null> {
  const run = result === 'failed' ? activityInfo().workflowExecution : undefined;
  const who = run ? await ledger.cancelledBy(pipeline, run.workflowId) : null;
  return who === null ? null : { result: 'cancelled', reason: `a person cancelled it (${who})` };
}

/** Stores the cycle's outcome, and signals the retraining loop. */
export const createCycleEnd =
  ({ pipelines, ledger, verdicts, loop, approvals, alerts, sharedClock }: CycleEndPorts) =>
  async ({ cycle: id, reopened = 0, outcome: given }: CycleEnd): Promise<void> => {
    const cycle = await ledger.cycle(id);
    const cancelled = await cancellationOf(ledger, cycle.pipeline, given);
    const outcome = cancelled ? { version: given.version, ...cancelled } : given;
    await ledger.closeCycle(id, { ...outcome, endedAt: instant((await sharedClock.read()).now()) }, reopened);
    await loop.trainingEnded(cycle.pipeline, id);
    // Last, so that it cannot delay the loop.
    const pipeline = await pipelines.declaration(await pipelines.applied(cycle.pipeline));
    const closed = await ledger.cycle(id);
    const [newest] = await verdicts.list(cycle.pipeline, 1);
    const streak = (await ledger.cycles(cycle.pipeline, REMEMBERED_CYCLES)).filter((one) => one.asOf <= closed.asOf);
    // First what several in a row came to, which explains what became of this one.
    await tellOfStreak({ alerts, pipeline }, streak, newest ? behindInWords(newest) : []);
    await tellOfCycle({ alerts, approvals, pipeline }, closed);
  };
