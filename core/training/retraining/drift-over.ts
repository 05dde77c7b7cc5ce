import type { Pipeline } from '../../declaration/pipeline.ts';
import type { Verdict } from '../../drift/verdict.ts';
import { before, shortTime, type Instant } from '../../time/time.ts';

/** So many of the newest checks say whether a drift is over: more than hourly checks of a day. */
export const CHECKS_TO_TELL = 200;

/**
 * Since when checks have found no drift, for a window's length and up to now: then a model that learns from the rows after it would
 * learn from what is gone. null: it lasts, or nothing can tell. A column that lies far from the reference may have become usual to the alarm.
 *
 * @param checks the newest first
 */
export function overSince(
  checks: readonly Verdict[],
  { window }: Pick<Pipeline['drift'], 'window'>,
  now: Instant,
): Instant | null {
  const told = checks.filter(({ abstained }) => abstained === null);
  const [newest] = told;
  if (!newest || newest.asOf < before(now, window)) return null;
  if (newest.columns.some(({ drifted, votes }) => drifted && votes)) return null;
  const last = told.findIndex(({ level, unsure }) => level !== 'stable' || unsure !== undefined);
  const since = told.at(last === -1 ? -1 : last - 1)!.asOf;
  return last !== 0 && since <= before(now, window) ? since : null;
}

export const overInWords = (pipeline: string, since: Instant): string =>
  `the drift that asked for it is over: checks have been stable since ${shortTime(since)}, and no column is far from the reference. ` +
  `To train anyway: perennial models retrain ${pipeline} --force`;
