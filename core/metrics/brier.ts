import type { Metric } from './metric.ts';
import { influenceOnMean } from './influence.ts';
import { meanCost, squaredErrorOf } from './scored.ts';

/**
 * The mean squared distance of the score from the outcome: 0 is perfect.
 * https://en.wikipedia.org/wiki/Brier_score
 * Scores 0.9, 0.2 of labels 1, 0 // => 0.025
 */
export const brier: Metric = {
  title: 'Brier score',
  short: 'Brier',
  labels: ['binary'],
  better: 'lower',
  range: [0, 1],
  of: (rows) => meanCost(rows, squaredErrorOf),
  influence: (rows) => influenceOnMean(rows, squaredErrorOf),
  knowingNothing({ rows, positives }) {
    const share = positives / rows;
    return share * (1 - share);
  },
};
