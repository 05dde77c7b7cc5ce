import type { CareInput } from './care.ts';
import type { AnyLoop } from '../base/ids.ts';
import type { PipelineRef } from '../declaration/pipeline.ts';
import type { ScheduledLoop } from './schedules.ts';
import type { Instant } from '../time/time.ts';
import type { AskingAutomation } from '../training/retraining/asked.ts';

export type RunStatus = 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed out';

/** One execution of a loop, as Temporal's list knows it. */
export interface Run {
  workflowId: string;
  runId: string;
  pipeline: string;
  loop: AnyLoop;
  status: RunStatus;
  startedAt: Instant;
  closedAt: Instant | null;
  /** The time it is for, or its cycle's; null for rollouts started by hand, and for the loop that runs for ever. */
  asOf: Instant | null;
  cycle: string | null;
  /** As it is written: 'v3'. */
  version: string | null;
}

/** A step in progress, with its last error if any. */
export interface RunStep {
  name: string;
  attempt: number;
  lastError: string | null;
  /** The details of its last heartbeat, in the step's own form; null before the first. */
  progress: unknown;
  /** When this attempt began; null while it waits for a worker. */
  startedAt: Instant | null;
}

/** A run's current state, for a person who waits. */
export interface RunState {
  workflowId: string;
  status: RunStatus;
  steps: RunStep[];
}

/** Starts, inspects and ends the runs of loops that run once for a time. All throw TEMPORAL_UNREACHABLE. */
export interface Runs {
  /** Throws NO_WORKER when no worker would do the work. */
  requireWorker(): Promise<void>;
  /** Starts the loop for the time, or joins the run that already does it. */
  start(
    loop: ScheduledLoop,
    input: { pipeline: PipelineRef; asOf: Instant; automation?: AskingAutomation },
  ): Promise<string>;
  /** Starts the care of the installation, or joins a requested one that is still running. */
  startCare(input: CareInput): Promise<string>;
  /** Throws RUN_UNKNOWN, as `find` and `cancel` do. */
  state(workflowId: string): Promise<RunState>;
  find(workflowId: string): Promise<Run>;
  /** The newest, of one pipeline or of all; a run that has just started can appear a moment later. */
  list(which: { pipeline?: string; limit: number }): Promise<Run[]>;
  /** Asks the run to end. It cleans up first; `state` shows when it has ended. */
  cancel(workflowId: string): Promise<void>;
  /** Waits for the end; throws RUN_FAILED with the run's message. */
  result(workflowId: string): Promise<unknown>;
}
