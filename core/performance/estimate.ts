import type { ColumnProfile, Profile } from '../data/profiles/profile.ts';
import type { Promised } from '../data/profiles/promised.ts';
import type { LabelKind } from '../data/labels/label-kinds.ts';
import type { DecidedName } from '../metrics/decided/index.ts';
import { metricNames, type MetricName } from '../metrics/index.ts';
import type { MacroName } from './decided-title.ts';
import type { ErrorModel } from './error-model.ts';
import { estimateBinary } from './estimating/binary.ts';
import { estimateClasses } from './estimating/classes.ts';
import type { Likely } from './estimating/likely.ts';
import { estimateNumber } from './estimating/number.ts';
import type { TallyOfDay } from './performance-days.ts';

export type { Likely } from './estimating/likely.ts';

export interface Estimated {
  metrics: Partial<Record<MetricName, Likely>>;
  /** Of what a threshold decides, or of the likeliest class; absent in estimates of earlier releases. */
  decided?: Decided;
  /** Where a threshold decides: how many rows of label 0 will have been taken for 1, and of label 1 for 0. */
  wrong?: { falsePositives: Likely; falseNegatives: Likely; positives: number };
  /** Of classes: how many rows of each (a line) will have been answered with each. */
  confusion?: number[];
}

/** Measures that no gate uses; one that is undefined is missing. */
export type Decided = Partial<Record<DecidedName | MacroName, Likely>>;

/** Scores of rows whose labels are not known yet, counted. */
export interface Served {
  profile: ColumnProfile;
  /** Of the profile's bins. */
  edges: readonly number[];
  /** How many days the rows are of. */
  days: number;
  /** Where a threshold decides. */
  threshold: number | null;
  /** Of classes; without it less can be told. */
  promised?: Promised | undefined;
  /** Of a number: all columns in the same binning, and how far labels lie from estimates by them. */
  current?: Profile;
  errors?: ErrorModel | null;
  /** Where the rows are a slice: its rows of the holdout, which tell by how much the sum over columns is off for it. */
  before?: Profile | undefined;
}

/** The metric by which estimates are told: the gate's, or where it cannot be known without labels, one that can. */
export const estimatedMetric = (all: readonly Estimated['metrics'][], gate: MetricName): MetricName | undefined =>
  [gate, ...metricNames].find((name) => all.some((metrics) => metrics[name]));

/**
 * What the metrics of served rows will be once their labels come, if labels follow from scores as they did on the
 * version's own holdout: of a probability the expected value (confidence-based performance estimation), of a number the
 * usual error of estimates of that size. null: nothing to go by.
 */
export const estimatePerformance = (
  kind: LabelKind,
  holdout: readonly TallyOfDay[],
  served: Served,
): Estimated | null => {
  const rows = served.profile.counts.reduce((sum, count) => sum + count, 0);
  const known = holdout.reduce((sum, { tally }) => sum + tally.rows, 0);
  return rows === 0 || known < 2 || holdout.length === 0 ? null : estimates[kind](holdout, served, rows);
};

const estimates: Record<LabelKind, (holdout: readonly TallyOfDay[], served: Served, rows: number) => Estimated | null> =
  { binary: estimateBinary, class: estimateClasses, number: estimateNumber };
