import type { Pipeline } from '../declaration/pipeline.ts';
import { whenOf } from '../runs/schedules.ts';
import { missedDue } from '../time/missed.ts';
import { shortTime, type Instant } from '../time/time.ts';

/** The time of the newest published snapshot of each pipeline that has one. */
export type ReadNewestData = () => Promise<{ pipeline: string; asOf: Instant }[]>;

/** Since when newer data than that of `asOf` is due; null: it is fresh, or nothing is scheduled. */
export function staleSince(pipeline: Pick<Pipeline, 'schedules'>, asOf: Instant, now: Instant): Instant | null {
  const when = whenOf(pipeline, 'data');
  return when && missedDue(when, asOf, now);
}

/**
 * Whether a pipeline's data is as new as its schedule says, in the form of a header: 'fresh; as-of=2026-01-19T02:00Z',
 * 'stale; as-of=...; due=...', or 'unknown' while nothing is published, or nothing says when it should be.
 */
export function freshnessOf(pipeline: Pick<Pipeline, 'schedules'>, asOf: Instant | null, now: Instant): string {
  const when = whenOf(pipeline, 'data');
  if (asOf === null || when === null) return asOf === null ? 'unknown' : `unknown; as-of=${shortTime(asOf)}`;
  const due = missedDue(when, asOf, now);
  return due === null ? `fresh; as-of=${shortTime(asOf)}` : `stale; as-of=${shortTime(asOf)}; due=${shortTime(due)}`;
}
