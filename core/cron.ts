import { DAY, HOUR, instant, MINUTE, type Instant } from './time.ts';

const fields = [
  { name: 'minute', from: 0, to: 59 },
  { name: 'hour', from: 0, to: 23 },
  { name: 'day of month', from: 1, to: 31 },
  { name: 'month', from: 1, to: 12 },
  { name: 'day of week', from: 0, to: 7 },
] as const;

/** The values a field stands for, or null when it is not a cron field: '1-5/2' // => {1, 3, 5} */
function parseField(text: string, from: number, to: number): Set<number> | null {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const match = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(item);
    if (!match) return null;
    const [, first, last, every] = match;
    const start = first === undefined ? from : Number(first);
    const end = last !== undefined ? Number(last) : first === undefined || every !== undefined ? to : start;
    const step = every === undefined ? 1 : Number(every);
    if (start < from || end > to || start > end || step < 1) return null;
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return values;
}

/** True for five fields (minute hour day month weekday) of numbers, lists, ranges and steps; 0 and 7 are Sunday. */
export function isCron(text: string): boolean {
  const parts = text.trim().split(/\s+/);
  return parts.length === fields.length && fields.every(({ from, to }, i) => parseField(parts[i]!, from, to) !== null);
}

/**
 * Whether the minute of `time` (in UTC) is one that the cron text names. All five fields must match, as in Temporal's
 * schedules: cron programs take either one of the two day fields when both are restricted, Temporal does not.
 */
export function cronMatches(text: string, time: Instant): boolean {
  const parts = text.trim().split(/\s+/);
  const at = new Date(time);
  const [minute, hour, day, month, weekday] = fields.map(({ from, to }, i) => parseField(parts[i] ?? '', from, to));
  const onDay = day?.has(at.getUTCDate()) === true;
  const onWeekday = weekday?.has(at.getUTCDay()) === true || (at.getUTCDay() === 0 && weekday?.has(7) === true);
  return (
    minute?.has(at.getUTCMinutes()) === true &&
    hour?.has(at.getUTCHours()) === true &&
    month?.has(at.getUTCMonth() + 1) === true &&
    onDay &&
    onWeekday
  );
}

/** nextCron('0 2 * * *', '2026-01-03T02:00:00.000Z') // => '2026-01-04T02:00:00.000Z'; null when no date is ever named */
export function nextCron(text: string, after: Instant): Instant | null {
  const [minute, hour] = text.trim().split(/\s+/);
  const minutes = [...(parseField(minute ?? '', 0, 59) ?? [])];
  const hours = [...(parseField(hour ?? '', 0, 23) ?? [])];
  const [firstMinute, firstHour] = [Math.min(...minutes), Math.min(...hours)];
  const start = Date.parse(after);
  for (let day = Math.floor(start / DAY) * DAY; day < start + LONGEST_GAP; day += DAY) {
    // A named day is one whose first named minute matches: looking at each minute of a leap cycle would take seconds.
    if (!cronMatches(text, instant(day + firstHour * HOUR + firstMinute * MINUTE))) continue;
    const times = hours.flatMap((h) => minutes.map((m) => day + h * HOUR + m * MINUTE)).sort((a, b) => a - b);
    const next = times.find((time) => time > start);
    if (next !== undefined) return instant(next);
  }
  return null;
}

/** February the 29th comes again after eight years at most (1896 to 1904). */
const LONGEST_GAP = 9 * 366 * DAY;
