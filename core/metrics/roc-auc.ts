import type { Metric } from './metric.ts';
import { ONCE, type PackedRows } from './packed.ts';
import { byOrder } from './resampling.ts';

/**
 * How often a positive row scores above a negative one, equal scores counting half: 1 is perfect, 0.5 is chance.
 * Null when one of the two is missing.
 * https://en.wikipedia.org/wiki/Mann-Whitney_U_test#Area-under-curve_(AUC)_statistic_for_ROC_curves
 * Scores 0.1, 0.4, 0.35, 0.8 of labels 0, 0, 1, 1 // => 0.75
 */
export const rocAuc: Metric = {
  title: 'ROC AUC',
  short: 'ROC AUC',
  label: 'binary',
  better: 'higher',
  of: ({ packed }) => drawn(packed(), ONCE),
  knowingNothing: () => 0.5,
  resample: byOrder(drawn),
};

/**
 * Counts each row as often as its block was drawn. Above: positives of higher scores. Positives and negatives: those of rows
 * that tie.
 */
function drawn(packed: PackedRows, times: Int32Array): number | null {
  let [above, positives, negatives, allNegatives, pairs] = [0, 0, 0, 0, 0];
  for (let i = 0; i < packed.length; i++) {
    const row = packed[i]!;
    const often = times[row >>> 2]!;
    if (row & 2) positives += often;
    else negatives += often;
    if (row & 1) {
      pairs += negatives * (above + positives / 2);
      above += positives;
      allNegatives += negatives;
      positives = 0;
      negatives = 0;
    }
  }
  return above === 0 || allNegatives === 0 ? null : pairs / (above * allNegatives);
}
