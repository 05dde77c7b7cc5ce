import { nextMoment, type When } from './cron.ts';
import { DAY, HOUR, instant, latest, MINUTE, type Instant } from './time.ts';

/** A run counts as missed after this long: half the time to the next, within these bounds. */
const SHORTEST_PATIENCE = 10 * MINUTE;
const LONGEST_PATIENCE = 6 * HOUR;
/** Counting missed runs stops after this many. */
const MOST_COUNTED = 100;

const later = (time: Instant, ms: number): Instant => instant(Date.parse(time) + ms);

/** The interval between the scheduled times around now; null when there are none. */
export function gapOf(when: When, now: Instant): number | null {
  const next = nextMoment(when, now);
  const following = next && nextMoment(when, next);
  return next === null || following === null ? null : Date.parse(following) - Date.parse(next);
}

/**
 * The newest time at which a loop should have run but has not, given its newest mark `last`; null when it is not
 * behind.
 */
export function missedDue(when: When, last: Instant | null, now: Instant): Instant | null {
  const gap = gapOf(when, now);
  if (gap === null) return null;
  const patience = Math.min(LONGEST_PATIENCE, Math.max(SHORTEST_PATIENCE, gap / 2));
  const begin = later(now, -gap * 3 - patience);
  let missed: Instant | null = null;
  for (let due = nextMoment(when, latest(last ?? begin, begin)); due !== null && later(due, patience) <= now; due = nextMoment(when, due)) missed = due; // prettier-ignore
  return missed;
}

/** How many scheduled times have passed between two times, with a day's patience for the last. */
export function passedBetween(when: When, from: Instant, to: Instant): number {
  const end = later(to, -DAY);
  let passed = 0;
  for (let at = nextMoment(when, from); at !== null && at <= end && passed < MOST_COUNTED; at = nextMoment(when, at))
    passed++;
  return passed;
}
