import type { ScheduledLoop } from './schedules.ts';
import type { Instant } from '../time/time.ts';

/** What the watchdog asks of Temporal. All reject when it does not answer. */
export interface TemporalWatch {
  /** The newest moment at which a worker asked each queue for work, by Temporal's clock; null: nobody in the last minutes. */
  polls(): Promise<Record<string, Instant | null>>;
  /** The newest sign of life of a step under way, by queue: a worker with its hands full asks for no work. */
  heartbeats(): Promise<Record<string, Instant | null>>;
  /**
   * The runs that ended by themselves since about a moment of Temporal's clock, of all pipelines, some of them told before; with null
   * the newest alone.
   */
  endedRuns(since: Instant | null): Promise<EndedRun[]>;
  /** The pipelines of which a run of one of these loops failed, as far back as Temporal remembers; null: too many runs to list. */
  failedPipelines(loops: readonly string[]): Promise<Set<string> | null>;
  /** How the newest run of each loop came out that ended by itself. */
  lastRuns<Loop extends string>(pipeline: string, loops: readonly Loop[]): Promise<(LastRun & { loop: Loop })[]>;
  /** How the newest care of the installation came out that ended by itself and was no dry run; null when there is none. */
  lastCare(): Promise<LastRun | null>;
}

export interface EndedRun {
  pipeline: string;
  runId: string;
  at: Instant;
  failed: boolean;
}

export interface LastRun {
  workflowId: string;
  runId: string;
  loop: string;
  failed: boolean;
  /** Why it failed, and the code of that; both null when it did not. */
  reason: string | null;
  code: string | null;
}

/** The loops that leave a mark in the database each time they run, and whether it was left when it should have been. */
export const tracedLoops = ['data', 'retraining', 'prediction', 'monitoring'] as const satisfies ScheduledLoop[];
export type TracedLoop = (typeof tracedLoops)[number];

/** What the loops of a pipeline have left behind. */
export interface Traces {
  /** Of all that are applied, in one query. */
  all(): Promise<(Trace & { pipeline: string })[]>;
}
export interface Trace {
  /** Who serves, and the moment that version was trained for; null while nobody does. */
  champion: { version: number; asOf: Instant } | null;
  /** The moment of each loop's newest mark; null when it never left one. */
  last: Record<TracedLoop, Instant | null>;
  /** How long ago, by the machine's clock, the declaration last changed. */
  appliedMsAgo: number;
  /** How long ago the traffic last changed; null: nothing serves, so there is nothing to predict with or to watch. */
  servedMsAgo: number | null;
}
