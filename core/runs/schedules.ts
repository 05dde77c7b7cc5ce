import type { When } from '../time/cron.ts';
import { gapOf } from '../time/missed.ts';
import type { Pipeline, PipelineRef } from '../declaration/pipeline.ts';
import { instant, MINUTE, type Instant } from '../time/time.ts';

const LONGEST_JITTER = 10 * MINUTE;
/** Any fixed time will do: the same schedule always has the same jitter. */
const ANCHOR = instant(0);

/**
 * How late the runs of a schedule can start, in milliseconds, which spreads the runs of many pipelines over time.
 * jitterOf({ cron: '0 * * * *', zone: 'UTC' }) // => 360000; a run is for the time in its schedule, however late it
 * starts
 */
export const jitterOf = (when: When): number => Math.min((gapOf(when, ANCHOR) ?? 0) / 10, LONGEST_JITTER);

/** What a schedule can run; for `retraining` that is the request to its loop. */
export const scheduledLoops = ['data', 'retraining', 'prediction', 'monitoring', 'lifecycle'] as const;
export type ScheduledLoop = (typeof scheduledLoops)[number];

/** When a loop runs by itself; null when it is declared 'off'. */
export function whenOf({ schedules }: Pick<Pipeline, 'schedules'>, loop: ScheduledLoop): When | null {
  const declared = schedules[loop];
  if (declared === 'off') return null;
  return typeof declared === 'string' ? { cron: declared, zone: schedules.zone ?? 'UTC' } : declared;
}

/** The state of a loop's schedule. A loop that is declared 'off' has none. */
export interface ScheduleState {
  loop: ScheduledLoop;
  cron: string | null;
  /** The time zone of the cron text. */
  zone: string;
  /** person: somebody paused it. clock: a simulated clock runs the loop instead. null: it runs by itself. */
  pausedBy: 'person' | 'clock' | null;
  /** Who paused it, and why. */
  note: string | null;
  next: Instant | null;
  last: Instant | null;
  /** Its runs in progress. */
  running: string[];
}

/** The Temporal Schedules of a pipeline's loops. */
export interface Schedules {
  /** Creates them, or updates them to a changed declaration; a person's pause stays. */
  put(pipeline: Pipeline, ref: PipelineRef): Promise<void>;
  list(pipeline: string): Promise<ScheduleState[]>;
  /** Both need a loop with a schedule, and can be repeated. */
  pause(pipeline: string, loop: ScheduledLoop, note: string): Promise<void>;
  resume(pipeline: string, loop: ScheduledLoop, note: string): Promise<void>;
  /**
   * How many times in [from, to] the schedule names, by Temporal's own calculation; counting ends soon after a
   * thousand.
   */
  countMoments(pipeline: string, loop: ScheduledLoop, from: Instant, to: Instant): Promise<number>;
  /** Runs the loop for each of these times, one after the other. */
  backfill(pipeline: string, loop: ScheduledLoop, from: Instant, to: Instant): Promise<void>;
}
