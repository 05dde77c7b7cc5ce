import { errorsOf, type Estimate } from '../../sequential/means.ts';

/** A number of the rows of one day: how many rows, their mean, and the sum of their squares around it. */
export interface DayOf {
  rows: number;
  mean: number;
  within: number;
}

/** How far two means lie apart, and the means themselves. */
export interface MeansApart extends Estimate {
  live: number;
  before: number;
}

interface Stretches {
  /** What the later days are compared with. */
  reference: readonly DayOf[];
  /** Days between the two, which only tell how much days differ. */
  between: readonly DayOf[];
  later: readonly DayOf[];
}

/** Rows that are all alike differ, as far as rounding can tell, by so much of what they are. */
const ROUNDING = 1e-12;

export const dayOf = (rows: number, [sum, squares]: readonly [number, number]): DayOf => ({
  rows,
  mean: sum / rows,
  within: Math.max(squares - sum ** 2 / rows, ROUNDING * squares),
});

/**
 * How much larger the mean of the later days is, with an interval that holds at every later day but for a chance of
 * `alpha`. Means of days differ by what their rows do and by what all rows of a day share. The latter is learnt from how
 * days differ within each stretch, never across them: what changed from one stretch to the next is no unrest. Days count
 * by how well each knows the mean of all (DerSimonian and Laird, "Meta-analysis in clinical trials", 1986), and few days
 * widen the interval by Student's t. null: too few days to tell.
 */
export function compareMeans({ reference, between, later }: Stretches, alpha: number): MeansApart | null {
  const stretches = between.length === 0 ? [reference, later] : [reference, between, later];
  const degrees = stretches.reduce((sum, days) => sum + days.length - 1, 0);
  const perRow = Math.max(rowVariance(reference), rowVariance(later));
  if (degrees < 1 || !(perRow > 0)) return null;

  const byRows = stretches.map((days) => weigh(days, 0, perRow));
  const unrest = byRows.reduce((sum, { squares }) => sum + squares, 0) - degrees;
  const told = byRows.reduce((sum, { weight, weights }) => sum + weight - weights / weight, 0);
  const perDay = told > 0 ? Math.max(0, unrest / told) : 0;

  const weighed = perDay === 0 ? byRows : stretches.map((days) => weigh(days, perDay, perRow));
  const [before, live] = [weighed[0]!, weighed.at(-1)!];
  const left = weighed.reduce((sum, { squares }) => sum + squares, 0) / degrees;
  const size = 1 / (1 / before.weight + 1 / live.weight);
  const errors = errorsOf({ size, degrees, alpha, tightestAt: before.weight / 2 });
  const reach = errors * Math.sqrt(Math.max(1, left) / size);
  if (!(reach > 0 && reach < Infinity)) return null;
  const estimate = live.mean - before.mean;
  return { estimate, low: estimate - reach, high: estimate + reach, live: live.mean, before: before.mean };
}

/**
 * The larger of both sides stands for both: losses are mostly alike and rarely large, and look certain on the side that
 * has not met a large one yet.
 */
function rowVariance(days: readonly DayOf[]): number {
  let [within, degrees] = [0, 0];
  for (const day of days) {
    within += day.within;
    degrees += day.rows - 1;
  }
  return within / Math.max(1, degrees);
}

/** The mean of some days by weight, and the weighted squares around it. */
function weigh(days: readonly DayOf[], perDay: number, perRow: number) {
  const origin = days[0]!.mean;
  let [weight, weights, sum, squares] = [0, 0, 0, 0];
  for (const { rows, mean } of days) {
    const of = 1 / (perDay + perRow / rows);
    weight += of;
    weights += of * of;
    sum += of * (mean - origin);
    squares += of * (mean - origin) ** 2;
  }
  return { mean: origin + sum / weight, weight, weights, squares: Math.max(0, squares - sum ** 2 / weight) };
}
