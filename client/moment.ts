import { UserError } from '../core/base/errors/errors.ts';
import { DAY, durationPattern, instant, milliseconds, parseMoment, type Instant } from '../core/time/time.ts';
import { Option } from 'commander';

/** An option that takes a moment, as ISO 8601; a date alone is its midnight in UTC. */
export const momentOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser((text: string): Instant => {
    const time = parseMoment(text);
    if (time !== null) return instant(time);
    const name = flags.split(' ')[0];
    throw new UserError('REQUEST_INVALID', `${name} is "${text}". Write a moment like 2026-01-03T02:00Z`);
  });

const units: Record<string, string> = { s: 'second', m: 'minute', h: 'hour', d: 'day', w: 'week' };

const LONGEST = 3653 * DAY;

/** An option that takes how long: "4h" or "4 hours". */
export const durationOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser((text: string): string => {
    const [, amount, unit] = /^([1-9]\d{0,5})\s*([smhdw])$/.exec(text.trim()) ?? [];
    const duration = unit === undefined ? text.trim() : `${amount} ${units[unit]}s`;
    const name = flags.split(' ')[0];
    if (durationPattern.test(duration) && milliseconds(duration) > 0) {
      if (milliseconds(duration) <= LONGEST) return duration;
      throw new UserError('REQUEST_INVALID', `${name} is "${text}". It can be ten years at most`);
    }
    throw new UserError('REQUEST_INVALID', `${name} is "${text}". Write a duration like 90m, 4h or "2 days"`);
  });

/** An option that takes how many at most. */
export const limitOption = (most: number): Option =>
  new Option('--limit <count>', 'most rows to list').default(most).argParser((text: string): number => {
    const count = Number(text);
    if (Number.isInteger(count) && count >= 1 && count <= 1000) return count;
    throw new UserError('REQUEST_INVALID', `--limit is "${text}". Write a number from 1 to 1000`);
  });
