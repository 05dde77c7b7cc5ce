import type { Metric } from './metric.ts';
import { ONCE, type PackedRows } from './packed.ts';
import { byOrder } from './resampling.ts';

/**
 * The precision at each score, weighted by the recall that it adds: 1 is perfect, the share of positives is chance.
 * Null without positives.
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.average_precision_score.html
 * Scores 0.1, 0.4, 0.35, 0.8 of labels 0, 0, 1, 1 // => 0.8333
 */
export const averagePrecision: Metric = {
  title: 'average precision',
  short: 'average precision',
  label: 'binary',
  better: 'higher',
  of: ({ packed }) => drawn(packed(), ONCE),
  knowingNothing: ({ rows, positives }) => positives / rows,
  resample: byOrder(drawn),
};

/** Counts each row as often as its block was drawn. */
function drawn(packed: PackedRows, times: Int32Array): number | null {
  let [rows, positives, counted, sum] = [0, 0, 0, 0];
  for (let i = 0; i < packed.length; i++) {
    const row = packed[i]!;
    const often = times[row >>> 2]!;
    rows += often;
    if (row & 2) positives += often;
    if (row & 1 && positives > counted) {
      sum += ((positives - counted) * positives) / rows;
      counted = positives;
    }
  }
  return positives === 0 ? null : sum / positives;
}
