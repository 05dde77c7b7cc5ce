import type { Metric } from './metric.ts';
import { influenceOnMean } from './influence.ts';
import { meanCost } from './scored.ts';

/** A score of 0 or 1 that proves wrong would cost infinitely much; scikit-learn clips at the same value. */
const SMALLEST = Number.EPSILON;

/** What one score costs, in nats: the negative logarithm of the probability it gave to the outcome. */
function costOf(score: number, label: number): number {
  const given = label === 1 ? score : 1 - score;
  return -Math.log(Math.min(1 - SMALLEST, Math.max(SMALLEST, given)));
}

/**
 * The mean negative logarithm of the probability given to the outcome: 0 is perfect.
 * https://en.wikipedia.org/wiki/Cross-entropy#Cross-entropy_loss_function_and_logistic_regression
 * Scores 0.9, 0.2 of labels 1, 0 // => 0.1643
 */
export const logLoss: Metric = {
  title: 'log loss',
  short: 'log loss',
  label: 'binary',
  better: 'lower',
  range: [0, Infinity],
  of: (rows) => meanCost(rows, costOf),
  influence: (rows) => influenceOnMean(rows, costOf),
  knowingNothing({ rows, positives }) {
    const share = positives / rows;
    return share === 0 || share === 1 ? 0 : -share * Math.log(share) - (1 - share) * Math.log(1 - share);
  },
};
