/** A time as ISO 8601 text in UTC, the form in which it crosses every boundary. */
export type Instant = string;

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const WEEK = 7 * DAY;

const units: Record<string, number> = { second: SECOND, minute: MINUTE, hour: HOUR, day: DAY, week: WEEK };
export const durationPattern = /^(\d+) (second|minute|hour|day|week)s?$/;

/** milliseconds('7 days') // => 604800000 */
export function milliseconds(duration: string): number {
  const [, amount, unit] = durationPattern.exec(duration) ?? [];
  if (amount === undefined || unit === undefined) throw new RangeError(`"${duration}" is not a duration like "7 days"`);
  return Number(amount) * units[unit]!;
}

export const instant = (time: Date | number): Instant => new Date(time).toISOString();

/** after('2026-01-01T00:00:00.000Z', '2 days') // => '2026-01-03T00:00:00.000Z' */
export const after = (time: Instant, duration: string): Instant => instant(Date.parse(time) + milliseconds(duration));
export const before = (time: Instant, duration: string): Instant => instant(Date.parse(time) - milliseconds(duration));
export const earliest = (...times: Instant[]): Instant => instant(Math.min(...times.map((time) => Date.parse(time))));
export const latest = (...times: Instant[]): Instant => instant(Math.max(...times.map((time) => Date.parse(time))));

/** The latest multiple of `step` that is not after `time`, counted from 1970 in UTC. */
export const floorTo = (time: Instant, step: string): Instant => {
  const size = milliseconds(step);
  return instant(Math.floor(Date.parse(time) / size) * size);
};

const iso = /^(\d{4})-(\d\d)-(\d\d)([T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?)?$/i;

/**
 * A time written as ISO 8601, in milliseconds since 1970: a date, or a date and time, in UTC unless it names its zone;
 * null for anything else, even an impossible date. parseMoment('2026-02-30') // => null
 */
export function parseMoment(text: string): number | null {
  const [, year, month, day, time, , , zone] = iso.exec(text) ?? [];
  if (year === undefined) return null;
  // Date turns February 30th into March 2nd.
  if (new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() !== Number(day)) return null;
  const utc = time === undefined || zone !== undefined ? text : `${text}Z`;
  // Date reads a dot, a T, and offsets of hours and minutes only.
  const moment = Date.parse(
    utc
      .replace(' ', 'T')
      .replace(',', '.')
      .replace(/([+-]\d\d)$/, (hours) => (time ? `${hours}:00` : hours)),
  );
  return Number.isNaN(moment) ? null : moment;
}

/** A time in the short form that ids carry: shortTime('2026-01-03T02:00:00.000Z') // => '2026-01-03T02:00Z' */
export const shortTime = (time: Instant): string => time.replace(/(:00)?(\.\d+)?Z$/, 'Z');
