import type { Instant } from '../../time/time.ts';
import type { BroughtModel, Cycle, CycleOutcome, RetrainRequest, WaitFor } from './retraining.ts';

/** How many of the newest cycles decide what comes next. Every reader takes as many, so all come to the same. */
export const REMEMBERED_CYCLES = 200;

export interface RetrainingLedger {
  /** Stores a request once; false when it was already stored. */
  recordRequest(request: RetrainRequest): Promise<boolean>;
  openRequests(pipeline: string): Promise<RetrainRequest[]>;
  /** Notes what requests wait for, for the story of the cycle that settles them. As long as it is the same, it is one wait. */
  recordWait(pipeline: string, wait: { what: WaitFor; why: string; until: Instant; at: Instant }): Promise<void>;
  /**
   * How many labelled rows the newest snapshot has that the last training did not: estimated from whole parts, at the share
   * of labels that the last training found. null: there is no snapshot, or no training.
   *
   * @param unlabelledMs how long before the snapshot's time labels end
   */
  newRows(pipeline: string, unlabelledMs: number): Promise<number | null>;
  /** Opens a cycle that settles these requests, or returns the one that already settles the first. */
  openCycle(cycle: Omit<Cycle, 'outcome' | 'reopened'>): Promise<Cycle>;
  /** Reopens an ended cycle, unless somebody else did or another is open; `cycle` is as it was read. */
  reopenCycle(cycle: Cycle, by: string): Promise<void>;
  cycle(id: string): Promise<Cycle>;
  /** The model that a cycle was opened to judge; null: it trains its own. */
  broughtIn(cycle: string): Promise<BroughtModel | null>;
  /** Whether a person wants its training though nothing is new. */
  forced(cycle: string): Promise<boolean>;
  /** Whether nothing but drift asked for it. */
  onlyForDrift(cycle: string): Promise<boolean>;
  /** Who asked through Perennial to cancel this run, not an earlier one of its workflow; null: nobody did. */
  cancelledBy(pipeline: string, run: { workflowId: string; runId: string }): Promise<string | null>;
  /** Ends its opening `reopened`: a late call must not end the next. */
  closeCycle(id: string, outcome: CycleOutcome, reopened?: number): Promise<void>;
  /** Newest first. */
  cycles(pipeline: string, limit: number): Promise<Cycle[]>;
}
