import type { Metric } from './metric.ts';
import { influenceOnMean } from './influence.ts';
import { absoluteErrorOf } from './scored.ts';

/**
 * The average distance of estimates from the actual numbers, in their unit: 0 is perfect.
 * https://en.wikipedia.org/wiki/Mean_absolute_error
 * Estimates 2, 4 of labels 1, 5 // => 1
 */
export const mae: Metric = {
  title: 'mean absolute error',
  short: 'MAE',
  labels: ['number'],
  better: 'lower',
  range: [0, Infinity],
  of: ({ labels, errors }) => (labels.length === 0 ? null : errors().distances / labels.length),
  influence: (rows) => influenceOnMean(rows, absoluteErrorOf),
  knowingNothing: ({ spread }) => spread?.absolute ?? 0,
};
