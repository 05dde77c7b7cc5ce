import type { QueueBacklog } from '../alerts/rules/load-alerts.ts';
import type { ScheduledLoop } from './schedules.ts';
import type { Instant } from '../time/time.ts';

/** What the watchdog asks of Temporal. All reject when it does not answer. */
export interface TemporalWatch {
  /** When a worker last polled each queue, by Temporal's clock; null: none in the last minutes. */
  polls(): Promise<Record<string, Instant | null>>;
  /** The newest heartbeat of a step in progress, by queue: a busy worker does not poll. */
  heartbeats(): Promise<Record<string, Instant | null>>;
  /** The work that waits in each queue; none of a server that does not count it. */
  backlogs(): Promise<QueueBacklog[]>;
  /**
   * The runs of all pipelines that ended by themselves since about a time of Temporal's clock; it can repeat some. With
   * null only the newest.
   */
  endedRuns(since: Instant | null): Promise<EndedRun[]>;
  /**
   * The pipelines of which a run of one of these loops failed, as far back as Temporal remembers; null: too many runs
   * to list.
   */
  failedPipelines(loops: readonly string[]): Promise<Set<string> | null>;
  /** The result of each loop's newest run that ended by itself. */
  lastRuns<Loop extends string>(pipeline: string, loops: readonly Loop[]): Promise<(LastRun & { loop: Loop })[]>;
  /** The result of the newest care that ended by itself and was not a dry run; null when there is none. */
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
  /** Why it failed, and the error's code; both null when it did not. */
  reason: string | null;
  code: string | null;
}

/** The loops that leave a mark in the database each time they run, so the watchdog can see missed runs. */
export const tracedLoops = ['data', 'retraining', 'prediction', 'monitoring'] as const satisfies ScheduledLoop[];
export type TracedLoop = (typeof tracedLoops)[number];

/** The marks of a pipeline's loops. */
export interface Traces {
  /** Of all that are applied, in one query. */
  all(): Promise<(Trace & { pipeline: string })[]>;
}
export interface Trace {
  /** The serving version, and the time it was trained for; null while none serves. */
  champion: { version: number; asOf: Instant } | null;
  /** The time of each loop's newest mark; null when it never left one. */
  last: Record<TracedLoop, Instant | null>;
  /** How long ago, by the machine's clock, the declaration last changed. */
  appliedMsAgo: number;
  /**
   * How long ago the traffic last changed; null: no version serves, so there is nothing to predict with or to watch.
   */
  servedMsAgo: number | null;
  /** The experiment that has stored no end; null: none. */
  experiment: string | null;
}
