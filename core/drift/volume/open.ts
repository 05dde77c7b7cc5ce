import type { OpenPart } from '../../data/parts.ts';
import { DAY, HOUR, instant } from '../../time/time.ts';
import { offsetOf } from '../../time/zones.ts';
import { HARDLY, type UnusualVolume } from './volume.ts';

const [WEEK_DAYS, WEEKS] = [7, 4] as const;
/** How far back earlier extractions are of interest. */
export const OPEN_PAST_DAYS = WEEK_DAYS * WEEKS;
/** Of fewer usual rows none may come by chance, as they do in bursts. */
const FEWEST_USUAL = 30;
/** What has happened on so many other days of the past is usual. */
const RECURS = 2;

/**
 * Whether hardly any rows came in a partition that is still open: held against what extractions at this time of the seven
 * days before had found by then, so rows that a source always gets late are not missed. Of a day without an extraction the
 * same day of the week before counts.
 * @param zones whose clocks the rows may follow: since one was put back, less of its day has passed by the same time in UTC
 */
export function judgeOpen(
  open: OpenPart,
  earlier: readonly OpenPart[],
  zones: readonly string[] = [],
): UnusualVolume | null {
  const [from, to] = [Date.parse(open.from), Date.parse(open.to)];
  const byDay = Array.from({ length: OPEN_PAST_DAYS }, (_, i) => foundBy(earlier, from - (i + 1) * DAY, to - from));
  if (usualOf(byDay, open) === null) return null;
  const ahead = zones.map((zone) => offsetOf(zone, open.to));
  const byClock = byDay.map((rows, i) => {
    if (rows === null) return null;
    const before = (i + 1) * DAY;
    const putBack = zones.map((zone, of) => offsetOf(zone, instant(to - before)) - ahead[of]!).filter((by) => by > 0);
    return Math.min(rows, ...putBack.map((by) => foundBy(earlier, from - before, to - from - by) ?? 0));
  });
  const usual = usualOf(byClock, open);
  if (usual === null) return null;
  return { direction: 'fewer', since: open.from, hours: (to - from) / HOUR, rows: open.rows, usual, to: open.to };
}

/** What is usual, if hardly any rows are not; null: they are, or too little is known. */
function usualOf(byDay: readonly (number | null)[], { rows: now }: OpenPart): number | null {
  const week = byDay.slice(0, WEEK_DAYS).map((rows, day) => rows ?? byDay[day + WEEK_DAYS] ?? null);
  if (week.some((rows) => rows === null)) return null;
  const usual = Math.min(...(week as number[]));
  if (usual < FEWEST_USUAL || now > HARDLY * usual) return null;
  return byDay.filter((rows) => rows !== null && rows <= HARDLY * usual).length >= RECURS ? null : usual;
}

/** What was known of the longest stretch from then that is no longer than this one; null: nobody looked. */
function foundBy(earlier: readonly OpenPart[], from: number, length: number): number | null {
  const begin = instant(from);
  const end = instant(from + length);
  const found = earlier.filter((part) => part.from === begin && part.to <= end);
  return found.length === 0 ? null : found.reduce((a, b) => (b.to > a.to ? b : a)).rows;
}
