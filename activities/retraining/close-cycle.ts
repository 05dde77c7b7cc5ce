import { type Alerts } from '../../core/alerts/alerts.ts';
import { type Approvals } from '../../core/rollout/approvals.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type RetrainingLedger } from '../../core/training/retraining-ledger.ts';
import { type RetrainingLoop } from '../../core/training/retraining-loop.ts';
import { type CycleOutcome } from '../../core/training/retraining.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { instant } from '../../core/time/time.ts';
import { tellOfCycle } from '../alerts/alerting.ts';

export interface CycleEndPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>;
  ledger: Pick<RetrainingLedger, 'cycle' | 'closeCycle'>;
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

/** Stores the cycle's outcome, and signals the retraining loop. */
export const createCycleEnd =
  ({ pipelines, ledger, loop, approvals, alerts, sharedClock }: CycleEndPorts) =>
  async ({ cycle: id, reopened = 0, outcome }: CycleEnd): Promise<void> => {
    const cycle = await ledger.cycle(id);
    await ledger.closeCycle(id, { ...outcome, endedAt: instant((await sharedClock.read()).now()) }, reopened);
    await loop.trainingEnded(cycle.pipeline, id);
    // Last, so that it cannot delay the loop.
    const pipeline = await pipelines.declaration(await pipelines.applied(cycle.pipeline));
    await tellOfCycle({ alerts, approvals, pipeline }, await ledger.cycle(id));
  };
