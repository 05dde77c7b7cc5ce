import type { LabelKind } from '../data/labels/label-kinds.ts';
import { median } from '../base/median.ts';
import type { ClassCosts } from './answer.ts';
import { countsByClass } from './confusion.ts';
import { metricKinds, metricNamesOf, type MetricName } from './index.ts';
import type { KnownOfLabels } from './metric.ts';
import { absoluteErrorOf, checkScored, createScored, type Scored } from './scored.ts';

/** A model's metrics on some labelled rows: those of the label's kind, null where one is undefined. */
export interface Metrics extends KnownOfLabels, Partial<Record<MetricName, number | null>> {
  /**
   * Labels that are numbers less estimates: their mean (the bias), median, and what one in twenty lies below and above.
   */
  residuals?: { mean: number; low: number; middle: number; high: number } | null;
}

/** All metrics of a label's kind; sorts once. Throws a RangeError for labels of another kind. */
export function metricsOf(
  kind: LabelKind,
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  costs: ClassCosts | null = null,
): Metrics {
  checkScored[kind](scores, labels);
  const scored = createScored(scores, labels, costs);
  return {
    rows: labels.length,
    positives: 0,
    ...Object.fromEntries(metricNamesOf(kind).map((name) => [name, metricKinds[name].of(scored)])),
    ...besides[kind](scored),
  };
}

/** The kind of label these were measured on, even if metrics of another kind are present as null. */
export const labelKindOf = (metrics: Metrics): LabelKind =>
  metrics.confusion ? 'class' : metricNamesOf('number').some((name) => metrics[name] != null) ? 'number' : 'binary';

/** Facts about a kind of label besides its metrics. */
const besides: Record<LabelKind, (scored: Scored) => Partial<Metrics>> = {
  binary({ labels }) {
    let positives = 0;
    for (let i = 0; i < labels.length; i++) positives += labels[i]!;
    return { positives };
  },
  class({ confusion }) {
    return { positives: Math.min(...countsByClass(confusion()).map(({ rows }) => rows)), confusion: confusion() };
  },
  number({ scores: estimates, labels, errors }) {
    const rows = labels.length;
    if (rows === 0) return { spread: null, residuals: null };
    const middle = median(Float64Array.from(labels));
    let distances = 0;
    for (let i = 0; i < rows; i++) distances += absoluteErrorOf(middle, labels[i]!);
    return {
      spread: { deviation: Math.sqrt(errors().variance / rows), absolute: distances / rows },
      residuals: residualsOf(estimates, labels),
    };
  },
};

/** Labels less estimates: the average, and the range of nine tenths of them. */
function residualsOf(estimates: ArrayLike<number>, labels: ArrayLike<number>): NonNullable<Metrics['residuals']> {
  const sorted = Float64Array.from(labels, (label, i) => label - estimates[i]!).sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return {
    mean: sorted.reduce((sum, residual) => sum + residual, 0) / sorted.length,
    low: at(0.05),
    middle: at(0.5),
    high: at(0.95),
  };
}
