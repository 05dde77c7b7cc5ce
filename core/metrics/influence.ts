import type { Scored } from './scored.ts';

/**
 * How much a metric changes, per row, if the row counts a little more than once: the derivative by the row's weight.
 * Sums to 0 over all rows. Summed over the rows of a block, it says how much the metric owes to that block.
 * Efron and Tibshirani, "An introduction to the bootstrap", 1993, chapter 21.
 */
export type Influence = Float64Array;

/** Of a mean of costs per row. */
export function influenceOnMean(
  { scores, labels }: Scored,
  costOf: (score: number, label: number) => number,
): Influence {
  return influenceOf(Float64Array.from(labels, (label, i) => costOf(scores[i]!, label)));
}

/** Of the mean of one number per row. */
export function influenceOf(costs: Float64Array): Influence {
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  return costs.map((cost) => (cost - mean) / costs.length);
}
