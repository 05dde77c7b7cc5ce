import type { LabelKind } from '../base/label-kinds.ts';
import { metricKinds, metricNamesOf, type MetricName } from './index.ts';
import type { KnownOfLabels } from './metric.ts';
import { checkScored, createScored, type Errors } from './scored.ts';

/** What is known of a model's scores on some labelled rows: the metrics of the label's kind, null where one has no meaning. */
export interface Metrics extends KnownOfLabels, Partial<Record<MetricName, number | null>> {
  /** Labels that are numbers less estimates: their mean (the bias), median, and what one in twenty lies below and above. */
  residuals?: { mean: number; low: number; middle: number; high: number } | null;
}

/** All metrics of a label's kind; sorts once. Throws a RangeError for labels of another kind. */
export function metricsOf(kind: LabelKind, scores: ArrayLike<number>, labels: ArrayLike<number>): Metrics {
  checkScored[kind](scores, labels);
  const scored = createScored(scores, labels);
  return {
    rows: labels.length,
    positives: 0,
    ...Object.fromEntries(metricNamesOf(kind).map((name) => [name, metricKinds[name].of(scored)])),
    ...besides[kind](scores, labels, scored.errors),
  };
}

/** The label's kind that these were measured on, also where metrics of the other kind stand beside them as null. */
export const labelKindOf = (metrics: Metrics): LabelKind =>
  metricNamesOf('number').some((name) => metrics[name] != null) ? 'number' : 'binary';

/** What is told of a label's kind besides its metrics. */
const besides: Record<
  LabelKind,
  (scores: ArrayLike<number>, labels: ArrayLike<number>, errors: () => Errors) => Partial<Metrics>
> = {
  binary(_scores, labels) {
    let positives = 0;
    for (let i = 0; i < labels.length; i++) positives += labels[i]!;
    return { positives };
  },
  number(estimates, labels, errors) {
    const rows = labels.length;
    if (rows === 0) return { spread: null, residuals: null };
    const { variance, deviations } = errors();
    return {
      spread: { deviation: Math.sqrt(variance / rows), absolute: deviations / rows },
      residuals: residualsOf(estimates, labels),
    };
  },
};

/** Labels less estimates: on average, and between which values nine tenths of them lie. */
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
