import type { MetricName, Pipeline } from '../declaration/pipeline.ts';
import { averagePrecision } from './average-precision.ts';
import { brier } from './brier.ts';
import { logLoss } from './log-loss.ts';
import { numberMetrics } from './numbers.ts';
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
  /** Of labels that are numbers; of such, the four above are null. */
  rmse?: number | null;
  mae?: number | null;
  r2?: number | null;
  /** How far the labels themselves lie from their mean: what a model gets that knows their mean and nothing else. */
  spread?: { deviation: number; absolute: number } | null;
  /** Labels less estimates: their mean (the bias), median, and what one in twenty lies below and above. */
  residuals?: { mean: number; low: number; middle: number; high: number } | null;
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

export const lowerIsBetter = (metric: MetricName): boolean => ['logLoss', 'brier', 'rmse', 'mae'].includes(metric);

/** How much better `value` is than `other`: positive is better, whichever way the metric points. */
export const gain = (metric: MetricName, value: number, other: number): number =>
  lowerIsBetter(metric) ? other - value : value - other;

/** The metrics of a label's kind. */
export const metricsOf = (
  kind: Pipeline['label']['kind'],
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
): Metrics => (kind === 'number' ? numberMetrics(scores, labels) : metrics(scores, labels));

/** What a model gets that knows how many rows are positive, or what the labels' mean is, and nothing else. */
export function knowingNothing(
  metric: MetricName,
  { rows, positives, spread }: Pick<Metrics, 'rows' | 'positives' | 'spread'>,
): number {
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
    case 'rmse':
      return spread?.deviation ?? 0;
    case 'mae':
      return spread?.absolute ?? 0;
    case 'r2':
      return 0;
  }
}

/** One score and one label a row, each label 0 or 1: anything else makes every metric a number without meaning. */
export function checkLabels(scores: ArrayLike<number>, labels: ArrayLike<number>): void {
  if (scores.length !== labels.length)
    throw new RangeError(`There are ${scores.length} scores for ${labels.length} labels`);
  for (let i = 0; i < labels.length; i++)
    if (labels[i] !== 0 && labels[i] !== 1) throw new RangeError(`The label of row ${i} is ${labels[i]}, not 0 or 1`);
}
