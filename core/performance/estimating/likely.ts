import type { TallyOfDay } from '../performance-days.ts';
import type { Sums, Tally } from '../tally.ts';

/** What a number is likely to be: nine times in ten, if what follows from the inputs has not changed, within this. */
export interface Likely {
  value: number;
  low: number;
  high: number;
}

const REACH = 1.75;
/** Fewer do not tell how days differ. */
const FEWEST_DAYS = 3;

export const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

export const around = (
  value: number,
  error: number,
  days: number,
  [least, most]: readonly [number, number],
): Likely => {
  const reach = reachOfDays(days) * error;
  return {
    value: Math.min(most, Math.max(least, value)),
    low: Math.max(least, value - reach),
    high: Math.min(most, value + reach),
  };
};

/**
 * How many standard deviations reach so far outside, if so many days gave the standard deviation: Student's t, by its
 * expansion in 1 / degrees of freedom (Abramowitz and Stegun 26.7.5).
 */
function reachOfDays(days: number): number {
  if (days < FEWEST_DAYS) return REACH;
  const free = days - 1;
  const [z, z3, z5] = [REACH, REACH ** 3, REACH ** 5];
  return z + (z3 + z) / (4 * free) + (5 * z5 + 16 * z3 + 3 * z) / (96 * free ** 2);
}

/** A mean over the holdout, and how far that of other rows is likely to lie from it: rows of a day are alike. */
export function meanOf(holdout: readonly TallyOfDay[], of: (tally: Tally) => Sums) {
  const rows = sumOf(holdout.map(({ tally }) => tally.rows));
  const mean = sumOf(holdout.map(({ tally }) => of(tally)[0])) / rows;
  const squares = sumOf(holdout.map(({ tally }) => of(tally)[1])) - rows * mean ** 2;
  const between = sumOf(holdout.map(({ tally }) => (of(tally)[0] - tally.rows * mean) ** 2 / tally.rows));
  const ofRows = squares / Math.max(1, rows - 1);
  const variance = holdout.length < FEWEST_DAYS ? ofRows : Math.max(ofRows, between / (holdout.length - 1));
  return { mean, errorFor: (others: number): number => Math.sqrt(variance * (1 / rows + 1 / others)) };
}
