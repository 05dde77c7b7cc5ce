import type { Metric } from './metric.ts';
import { squaredErrorOf } from './scored.ts';

/**
 * The share of the labels' variance that is explained: 1 is perfect, 0 no better than their mean. Null where they do not
 * vary.
 * https://en.wikipedia.org/wiki/Coefficient_of_determination
 * Estimates 2, 4 of labels 1, 5 // => 0.75
 */
export const r2: Metric = {
  title: 'R squared',
  short: 'R squared',
  labels: ['number'],
  better: 'higher',
  range: [-Infinity, 1],
  of({ errors }) {
    const { squares, variance } = errors();
    return variance === 0 ? null : 1 - squares / variance;
  },
  influence({ scores, labels, errors }) {
    const { squares, variance, mean } = errors();
    return Float64Array.from(
      labels,
      (label, i) => ((squares / variance) * (label - mean) ** 2 - squaredErrorOf(scores[i]!, label)) / variance,
    );
  },
  knowingNothing: () => 0,
};
