import type { LabelKind } from '../../data/labels/label-kinds.ts';
import type { Pipeline } from '../../declaration/pipeline.ts';
import type { Named } from '../../metrics/confusion.ts';
import { isMetricName, metricNamesOf, type MetricName } from '../../metrics/index.ts';
import { labelKindOf } from '../../metrics/metrics.ts';
import type { ModelVersion } from '../training.ts';

interface Measured {
  gates: { metric: MetricName; floor?: number | undefined };
  label: { kind: LabelKind } & Named['label'];
}

/** What a version is measured by: as its declaration says or, where this release cannot read it, as its evaluation shows. */
export function measuredBy({ evaluation }: Pick<ModelVersion, 'evaluation'>, declaration: Pipeline | null): Measured {
  if (declaration) return declaration;
  const { challenger, difference, lead } = evaluation;
  const kind = labelKindOf(challenger);
  const metric = [difference?.metric, lead?.metric].find(isMetricName) ?? metricNamesOf(kind)[0]!;
  return { gates: { metric }, label: { kind, sensitive: true } };
}
