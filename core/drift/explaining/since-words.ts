import { shortTime, type Instant } from '../../time/time.ts';
import type { Since } from './change-point.ts';

/**
 * When a column changed, with the hours between which the change lies:
 * sinceInWords(since) // => 'since 2026-12-05T02:00Z (00:00 to 06:00)', or 'since before 2026-11-27T04:00Z'
 */
export function sinceInWords({ at, from, to }: Since, timeOf: (time: Instant) => string = shortTime): string {
  if (at === null || from === null) return `since before ${timeOf(to)}`;
  return from === to ? `since ${timeOf(at)}` : `since ${timeOf(at)} (${betweenInWords({ at, from, to })})`;
}

/** The hours alone where all are of one day: betweenInWords({ at, from, to }) // => '00:00 to 06:00', '12-04 22:00 to 12-05 06:00' */
export function betweenInWords({ at, from, to }: { at: Instant; from: Instant; to: Instant }): string {
  const dayOf = (time: Instant): string => time.slice(0, 10);
  const isOneDay = dayOf(from) === dayOf(at) && dayOf(to) === dayOf(at);
  const short = (time: Instant): string => `${isOneDay ? '' : `${time.slice(5, 10)} `}${time.slice(11, 16)}`;
  return `${short(from)} to ${short(to)}`;
}
