import { sharesOf } from './confusion.ts';
import { influenceOf, influenceOnMean } from './influence.ts';
import type { Metric } from './metric.ts';
import { meanCost, type Scored } from './scored.ts';

/** A score of 0 or 1 that proves wrong would cost infinitely much; scikit-learn clips at the same value. */
const SMALLEST = Number.EPSILON;

/** What one score costs, in nats: the negative logarithm of the probability it gave to the outcome. */
function costOf(score: number, label: number): number {
  return costOfGiven(label === 1 ? score : 1 - score);
}

const costOfGiven = (given: number): number => -Math.log(Math.min(1 - SMALLEST, Math.max(SMALLEST, given)));

/** Of each row: what the probability of its class costs. */
const costsOf = ({ scores, labels, width }: Scored): Float64Array =>
  Float64Array.from(labels, (label, row) => costOfGiven(scores[row * width + label]!));

/**
 * The mean negative logarithm of the probability given to the outcome: 0 is perfect.
 * https://en.wikipedia.org/wiki/Cross-entropy#Cross-entropy_loss_function_and_logistic_regression
 * Scores 0.9, 0.2 of labels 1, 0 // => 0.1643
 */
export const logLoss: Metric = {
  title: 'log loss',
  short: 'log loss',
  labels: ['binary', 'class'],
  better: 'lower',
  range: [0, Infinity],
  of: (rows) =>
    rows.width === 1 ? meanCost(rows, costOf) : costsOf(rows).reduce((sum, cost) => sum + cost, 0) / rows.labels.length,
  influence: (rows) => (rows.width === 1 ? influenceOnMean(rows, costOf) : influenceOf(costsOf(rows))),
  knowingNothing({ rows, positives, confusion }) {
    if (confusion)
      return sharesOf(confusion).reduce((sum, share) => (share > 0 ? sum - share * Math.log(share) : sum), 0);
    const share = positives / rows;
    return share === 0 || share === 1 ? 0 : -share * Math.log(share) - (1 - share) * Math.log(1 - share);
  },
};
