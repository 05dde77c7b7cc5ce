import type { CareInput } from './care.ts';
import type { Loop } from '../base/ids.ts';
import type { PipelineRef } from '../declaration/pipeline.ts';
import type { ScheduledLoop } from './schedules.ts';
import type { Instant } from '../time/time.ts';

export type RunStatus = 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed out';

/** One execution of a loop, as Temporal's list knows it. */
export interface Run {
  workflowId: string;
  runId: string;
  pipeline: string;
  loop: Loop | 'retraining';
  status: RunStatus;
  startedAt: Instant;
  closedAt: Instant | null;
  /** The moment it is for; null for the loop that runs for ever. */
  asOf: Instant | null;
  cycle: string | null;
  /** As it is written: 'v3'. */
  version: string | null;
}

/** A step under way, with the last error if it had one. */
export interface RunStep {
  name: string;
  attempt: number;
  lastError: string | null;
  /** What its last heartbeat said, in the step's own form; null before the first. */
  progress: unknown;
  /** When this attempt began; null while it waits for a worker. */
  startedAt: Instant | null;
}

/** A run as it stands: for a person who waits. */
export interface RunState {
  workflowId: string;
  status: RunStatus;
  steps: RunStep[];
}

/** Starts the loops that run for a moment, looks at them and ends them. All throw TEMPORAL_UNREACHABLE. */
export interface Runs {
  /** Throws NO_WORKER when nobody would do the work. */
  requireWorker(): Promise<void>;
  /** Starts the loop for the moment, or joins the run that does it already. */
  start(loop: ScheduledLoop, input: { pipeline: PipelineRef; asOf: Instant }): Promise<string>;
  /** Starts the care of the installation, or joins one that was asked for and goes on. */
  startCare(input: CareInput): Promise<string>;
  /** Throws RUN_UNKNOWN, as `find` and `cancel` do. */
  state(workflowId: string): Promise<RunState>;
  find(workflowId: string): Promise<Run>;
  /** The newest, of one pipeline or of all; what has just started may come a moment late. */
  list(which: { pipeline?: string; limit: number }): Promise<Run[]>;
  /** Asks the run to end. It tidies up first; `state` says when it has. */
  cancel(workflowId: string): Promise<void>;
  /** Waits for the end; throws RUN_FAILED with what the run said. */
  result(workflowId: string): Promise<unknown>;
  /** What the retraining loop waits for; null when it runs no more, or waits for nothing. */
  waiting(pipeline: string): Promise<{ until: Instant; why: string } | null>;
}
