import { sharesOf } from './confusion.ts';
import { influenceOf } from './influence.ts';
import type { Metric } from './metric.ts';
import type { Scored } from './scored.ts';

/**
 * The share of rows whose answer, the likeliest class unless costs are declared, is the right one: 1 is perfect.
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.accuracy_score.html
 * Probabilities (0.5, 0.3, 0.2), (0.2, 0.3, 0.5) of classes 0, 1 // => 0.5
 */
export const accuracy: Metric = {
  title: 'accuracy',
  short: 'accuracy',
  labels: ['class'],
  better: 'higher',
  range: [0, 1],
  of(rows) {
    const { length } = rows.labels;
    return length === 0 ? null : right(rows).reduce((sum, one) => sum + one, 0) / length;
  },
  influence: (rows) => influenceOf(right(rows)),
  knowingNothing: ({ confusion = [] }) => Math.max(0, ...sharesOf(confusion)),
};

const right = ({ labels, answer }: Scored): Float64Array =>
  Float64Array.from(labels, (label, row) => Number(answer(row) === label));
