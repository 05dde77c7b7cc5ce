import type { Pipeline } from '../../declaration/pipeline.ts';
import { levelWithoutBroken } from '../../drift/findings/inputs.ts';
import { brokenInWords, hasBroken } from '../../drift/findings/quality.ts';
import type { Verdict } from '../../drift/verdict.ts';
import { before, shortTime, type Instant } from '../../time/time.ts';

/** So many of the newest checks say whether a drift is over: more than hourly checks of a day. */
export const CHECKS_TO_TELL = 200;

/**
 * Since when checks have found no drift, for a window's length and up to now: then a model that learns from the rows after it would
 * learn from what is gone. null: it lasts, or nothing can tell. What lies far from the reference, a column or the score, may have become usual to the alarm.
 *
 * @param checks the newest first
 */
export function overSince(
  checks: readonly Verdict[],
  { window }: Pick<Pipeline['drift'], 'window'>,
  now: Instant,
): Instant | null {
  const told = checks.filter(couldTell);
  const newest = newestOf(told, window, now);
  if (newest === null || newest.score?.drifted || newest.columns.some(({ drifted, votes }) => drifted && votes))
    return null;
  const last = told.findIndex(({ level, unsure }) => level !== 'stable' || unsure !== undefined);
  const since = told.at(last === -1 ? -1 : last - 1)!.asOf;
  return last !== 0 && since <= before(now, window) ? since : null;
}

const couldTell = ({ abstained }: Verdict): boolean => abstained === null;

/** The newest of those that could tell; null: it is older than a window. */
function newestOf(told: readonly Verdict[], window: Pipeline['drift']['window'], now: Instant): Verdict | null {
  const [newest] = told;
  return newest && newest.asOf >= before(now, window) ? newest : null;
}

/**
 * Why a training would learn from faulty values: a fault that has just begun may look like drift, and later checks know
 * better. null: the newest finds no such columns, or other drift besides.
 */
export function brokenInstead(
  pipeline: string,
  checks: readonly Verdict[],
  drift: Pipeline['drift'],
  now: Instant,
): string | null {
  const newest = newestOf(checks.filter(couldTell), drift.window, now);
  if (newest === null || !hasBroken(newest) || levelWithoutBroken(newest, drift) !== 'stable') return null;
  return (
    `what looked like drift is data quality: ${brokenInWords(newest).join('; ')}. Fix the source. ` +
    `If the values are right: perennial models retrain ${pipeline}`
  );
}

export const overInWords = (pipeline: string, since: Instant): string =>
  `the drift that asked for it is over: checks have been stable since ${shortTime(since)}, and neither a column nor the score is far from the reference. ` +
  `To train anyway: perennial models retrain ${pipeline} --force`;
