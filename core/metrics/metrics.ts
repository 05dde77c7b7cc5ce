import { type MetricName } from '../pipeline.ts';
import { averagePrecision } from './average-precision.ts';
import { brier } from './brier.ts';
import { logLoss } from './log-loss.ts';
import { rank } from './ranking.ts';
import { rocAuc } from './roc-auc.ts';

/** What is known of a model's scores on some labelled rows. Metrics are null where they have no meaning (no positives). */
export interface Metrics {
  rows: number;
  positives: number;
  averagePrecision: number | null;
  rocAuc: number | null;
  logLoss: number | null;
  brier: number | null;
}

/** All metrics of scores (probabilities) on labels (0 or 1); sorts once. */
export function metrics(scores: ArrayLike<number>, labels: ArrayLike<number>): Metrics {
  checkLabels(scores, labels);
  const ranking = rank(scores);
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i]!;
  return {
    rows: labels.length,
    positives,
    averagePrecision: averagePrecision(scores, labels, ranking),
    rocAuc: rocAuc(scores, labels, ranking),
    logLoss: logLoss(scores, labels),
    brier: brier(scores, labels),
  };
}

export const lowerIsBetter = (metric: MetricName): boolean => metric === 'logLoss' || metric === 'brier';

/** How much better `value` is than `other`: positive is better, whichever way the metric points. */
export const gain = (metric: MetricName, value: number, other: number): number =>
  lowerIsBetter(metric) ? other - value : value - other;

/** What a model gets that knows how many rows are positive and nothing else. */
export function knowingNothing(metric: MetricName, { rows, positives }: Pick<Metrics, 'rows' | 'positives'>): number {
  const share = positives / rows;
  switch (metric) {
    case 'averagePrecision':
      return share;
    case 'rocAuc':
      return 0.5;
    case 'logLoss':
      return share === 0 || share === 1 ? 0 : -share * Math.log(share) - (1 - share) * Math.log(1 - share);
    case 'brier':
      return share * (1 - share);
  }
}

/** One score and one label a row, each label 0 or 1: anything else makes every metric a number without meaning. */
export function checkLabels(scores: ArrayLike<number>, labels: ArrayLike<number>): void {
  if (scores.length !== labels.length)
    throw new RangeError(`There are ${scores.length} scores for ${labels.length} labels`);
  for (let i = 0; i < labels.length; i++)
    if (labels[i] !== 0 && labels[i] !== 1) throw new RangeError(`The label of row ${i} is ${labels[i]}, not 0 or 1`);
}
