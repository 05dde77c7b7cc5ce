/** A moment as ISO 8601 text in UTC, the form in which time crosses every boundary. */
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

/** A moment in the short form that ids carry: shortTime('2026-01-03T02:00:00.000Z') // => '2026-01-03T02:00Z' */
export const shortTime = (time: Instant): string => time.replace(/(:00)?(\.\d+)?Z$/, 'Z');
