import type { Metric } from './metric.ts';
import { bySquaredErrors } from './resampling.ts';

/**
 * The distance of estimates from the actual numbers, in their unit; large errors count more. 0 is perfect.
 * https://en.wikipedia.org/wiki/Root_mean_square_deviation
 * Estimates 2, 4 of labels 1, 5 // => 1
 */
export const rmse: Metric = {
  title: 'root mean squared error',
  short: 'RMSE',
  label: 'number',
  better: 'lower',
  of: ({ labels, errors }) => (labels.length === 0 ? null : Math.sqrt(errors().squares / labels.length)),
  knowingNothing: ({ spread }) => spread?.deviation ?? 0,
  resample: bySquaredErrors(
    ({ rows, challenger, champion }) => Math.sqrt(challenger / rows) - Math.sqrt(champion / rows),
  ),
};
