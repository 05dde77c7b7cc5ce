import { UserError } from '../base/errors/errors.ts';
import { versionName } from '../base/ids.ts';
import type { Partition } from '../data/data.ts';
import { DAY, floorTo, HOUR, instant, parseMoment } from '../time/time.ts';

/** One side of a comparison by hand: what was served in a window, or the holdout of a version. */
export type Side = { words: string } & ({ window: Partition } | { version: number });

/**
 * sideOf('v3'), sideOf('2026-03-01') // => that day, sideOf('2026-03-01/2026-03-08') // => from the first up to the
 * second, sideOf('2026-03-01T06:00Z/2026-03-01T12:00Z')
 */
export function sideOf(text: string, option: string): Side {
  const version = /^v(\d{1,9})$/.exec(text)?.[1];
  if (version !== undefined) return { words: `Holdout of ${versionName(Number(version))}`, version: Number(version) };
  const [first = '', last, ...more] = text.split('/');
  const start = parseMoment(first);
  const end = last === undefined ? (start ?? 0) + DAY : parseMoment(last);
  if (start === null || end === null || more.length > 0)
    throw new UserError(
      'REQUEST_INVALID',
      `${option} "${text}" is neither a version, an alias of one nor a window. Write "v3", a day like "2026-03-01", or two times like "2026-03-01/2026-03-08".`,
    );
  // Rows are counted by the hour. A day is as long where it begins within one.
  const from = floorTo(instant(start), '1 hour');
  const to = last === undefined ? Date.parse(from) + DAY : Math.ceil(end / HOUR) * HOUR;
  const window = { from, to: instant(to) };
  if (start >= end)
    throw new UserError('REQUEST_INVALID', `${option} "${text}" ends before it begins. Write the earlier time first.`);
  return { words: `${shown(window.from)} to ${shown(window.to)} UTC`, window };
}

/** The same of rows of the source, in the time that was counted. */
export const ofSource = (window: Partition): Side => ({
  words: `Rows of the source, ${shown(window.from)} to ${shown(window.to)} UTC`,
  window,
});

const shown = (time: string): string => `${time.slice(0, 10)} ${time.slice(11, 16)}`;
