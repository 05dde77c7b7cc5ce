import type { When } from '../time/cron.ts';
import { gapOf } from '../time/missed.ts';
import type { Pipeline, PipelineRef } from '../declaration/pipeline.ts';
import { instant, MINUTE, type Instant } from '../time/time.ts';

const LONGEST_JITTER = 10 * MINUTE;
/** Any fixed moment will do: the same schedule always has the same jitter. */
const ANCHOR = instant(0);

/**
 * How late the runs of a schedule may start, in milliseconds, so that those of many pipelines do not all start at :00.
 * jitterOf({ cron: '0 * * * *', zone: 'UTC' }) // => 360000; a run is for the moment its schedule names, however late
 * it starts
 */
export const jitterOf = (when: When): number => Math.min((gapOf(when, ANCHOR) ?? 0) / 10, LONGEST_JITTER);

/** What a schedule may run; for `retraining` that is the request which its loop then hears. */
export const scheduledLoops = ['data', 'retraining', 'prediction', 'monitoring', 'lifecycle'] as const;
export type ScheduledLoop = (typeof scheduledLoops)[number];

/** When a loop runs by itself; null when it is declared 'off'. */
export function whenOf({ schedules }: Pick<Pipeline, 'schedules'>, loop: ScheduledLoop): When | null {
  const declared = schedules[loop];
  if (declared === 'off') return null;
  return typeof declared === 'string' ? { cron: declared, zone: schedules.zone ?? 'UTC' } : declared;
}

/** How a loop's schedule stands. A loop that is declared 'off' has none. */
export interface ScheduleState {
  loop: ScheduledLoop;
  cron: string | null;
  /** On whose clock the cron text is read. */
  zone: string;
  /** person: somebody paused it. clock: a simulated clock runs the loop instead. null: it runs by itself. */
  pausedBy: 'person' | 'clock' | null;
  /** Who paused it, and why. */
  note: string | null;
  next: Instant | null;
  last: Instant | null;
  /** Runs that it started and that go on. */
  running: string[];
}

/** The Temporal Schedules of a pipeline's loops. */
export interface Schedules {
  /** Makes them, or brings them in line with a changed declaration; a person's pause stays. */
  put(pipeline: Pipeline, ref: PipelineRef): Promise<void>;
  list(pipeline: string): Promise<ScheduleState[]>;
  /** Both are for a loop that has a schedule, and may be asked again. */
  pause(pipeline: string, loop: ScheduledLoop, note: string): Promise<void>;
  resume(pipeline: string, loop: ScheduledLoop, note: string): Promise<void>;
  /** How many moments in [from, to] the schedule names, by Temporal's own reckoning; counting ends soon after a thousand. */
  countMoments(pipeline: string, loop: ScheduledLoop, from: Instant, to: Instant): Promise<number>;
  /** Runs the loop for each of these moments, one after the other. */
  backfill(pipeline: string, loop: ScheduledLoop, from: Instant, to: Instant): Promise<void>;
}
