import type { LabelKind } from '../data/labels/label-kinds.ts';
import { accuracy } from './accuracy.ts';
import { averagePrecision } from './average-precision.ts';
import { brier } from './brier.ts';
import { logLoss } from './log-loss.ts';
import { macroF1 } from './macro-f1.ts';
import { macroRocAuc } from './macro-roc-auc.ts';
import { mae } from './mae.ts';
import type { Metric } from './metric.ts';
import { r2 } from './r2.ts';
import { rmse } from './rmse.ts';
import { rocAuc } from './roc-auc.ts';

/** Every metric that a gate can use, in the order of tables. */
export const metricKinds = {
  averagePrecision,
  rocAuc,
  logLoss,
  brier,
  rmse,
  mae,
  r2,
  accuracy,
  macroF1,
  macroRocAuc,
} satisfies Record<string, Metric>;
export type MetricName = keyof typeof metricKinds;

export const metricNames = Object.keys(metricKinds) as MetricName[];

/** The metrics of a label's kind. */
export const metricNamesOf = (label: LabelKind): MetricName[] =>
  metricNames.filter((name) => (metricKinds[name] as Metric).labels.includes(label));

/** Whether this release knows it: a newer one may have stored others. */
export const isMetricName = (name: string | null | undefined): name is MetricName =>
  name != null && Object.hasOwn(metricKinds, name);

/** How much better `value` is than `other`: positive is better, whichever way the metric points. */
export const gain = (metric: MetricName, value: number, other: number): number =>
  metricKinds[metric].better === 'lower' ? other - value : value - other;

/** What this release knows of a stored one; undefined: a newer one stored it. */
const knownOf = (name: string): Metric | undefined => (isMetricName(name) ? metricKinds[name] : undefined);

/** Within a sentence: 'average precision'. One that this release does not know is told by its name. */
export const metricInWords = (name: string): string => knownOf(name)?.title ?? name;

/** For the beginning of a sentence: 'Average precision'. */
export const metricTitle = (name: string): string => {
  const title = knownOf(name)?.title;
  return title === undefined ? name : title.charAt(0).toUpperCase() + title.slice(1);
};

/** For the head of a narrow column. */
export const metricShort = (name: string): string => knownOf(name)?.short ?? name;

/** Whether it looks at the order of scores alone. */
export const ranks = (name: MetricName): boolean => knownOf(name)?.ranks === true;

/** undefined: this release does not know it. */
export const betterOf = (name: string): Metric['better'] | undefined => knownOf(name)?.better;
