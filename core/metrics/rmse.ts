import type { Metric } from './metric.ts';
import { influenceOnMean } from './influence.ts';
import { squaredErrorOf } from './scored.ts';

/**
 * The distance of estimates from the actual numbers, in their unit; large errors count more. 0 is perfect.
 * https://en.wikipedia.org/wiki/Root_mean_square_deviation
 * Estimates 2, 4 of labels 1, 5 // => 1
 */
export const rmse: Metric = {
  title: 'root mean squared error',
  short: 'RMSE',
  labels: ['number'],
  better: 'lower',
  range: [0, Infinity],
  of: ({ labels, errors }) => (labels.length === 0 ? null : Math.sqrt(errors().squares / labels.length)),
  influence(rows) {
    const slope = 2 * Math.sqrt(rows.errors().squares / rows.labels.length);
    return influenceOnMean(rows, squaredErrorOf).map((each) => (slope === 0 ? 0 : each / slope));
  },
  knowingNothing: ({ spread }) => spread?.deviation ?? 0,
};
