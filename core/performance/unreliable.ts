import type { EstimatedPerformance, Verdict } from '../drift/verdict.ts';
import { DAY } from '../time/time.ts';

/** Of intervals that hold nine in ten. */
const HELD = 0.9;
/** So few days are held by chance so seldom. */
const BY_CHANCE = 0.001;

/** One odd hour tells nobody. */
const PATIENCE = DAY;

type Check = Pick<Verdict, 'asOf' | 'version' | 'estimated'>;

/** Says since when there is no estimate. @param before the check before that did not abstain */
export function withheldBy(
  { asOf, version, estimated }: Check,
  before: Check | null,
): EstimatedPerformance | undefined {
  if (!estimated || estimated.withheld === null) return estimated;
  // What an earlier version could not tell of says nothing of this one.
  const since =
    before?.version !== version || before.estimated?.withheld == null
      ? asOf
      : (before.estimated.withheldSince ?? before.asOf);
  return { ...estimated, withheldSince: since };
}

/** Why there has been no estimate for a day; null: there is one, or it is too early to tell people. */
export function whyNotEstimated({ asOf, estimated }: Pick<Check, 'asOf' | 'estimated'>): string | null {
  if (!estimated?.withheldSince) return null;
  return Date.parse(asOf) - Date.parse(estimated.withheldSince) >= PATIENCE ? estimated.withheld : null;
}

/** Why estimates of the serving version are often wrong; null: no more often than by chance, or labels tell only of others. */
export function whyWrong({ foretold }: Pick<Verdict, 'foretold'>): string | null {
  if (!foretold || foretold.ofOthers || chanceOfAtMost(foretold.held, foretold.days) >= BY_CHANCE) return null;
  return `the range held what came on ${foretold.held} of ${foretold.days} earlier days, and should on nine in ten`;
}

/** The chance that at most so many of the days are held: chanceOfAtMost(2, 5) // => 0.00856 */
function chanceOfAtMost(held: number, days: number): number {
  let chance = (1 - HELD) ** days;
  let sum = 0;
  for (let k = 0; k <= held; k++) {
    sum += chance;
    chance *= (((days - k) / (k + 1)) * HELD) / (1 - HELD);
  }
  return sum;
}
