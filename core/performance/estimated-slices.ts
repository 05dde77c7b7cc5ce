import { SCORE } from '../data/profiles/binning.ts';
import { total, type Profile } from '../data/profiles/profile.ts';
import type { MetricName } from '../metrics/index.ts';
import type { Instant } from '../time/time.ts';
import { estimatedMetric, estimatePerformance, type Estimated, type Likely, type Served } from './estimate.ts';
import { daysOfSlice, hasEnough, type Judging } from './fallen-slices.ts';
import type { SlicedDay } from './performance-days.ts';
import { whyWithheld } from './unseen.ts';

/** What the metric of a declared slice will be once its labels come. */
export interface EstimatedSlice {
  name: string;
  rows: number;
  /** A text says why there is none. */
  estimate: Likely | string;
  /** Columns that rows of earlier days lack, which do not tell of the slice; absent: none. */
  lacks?: string[];
}

/** Whole days of the champion's predictions by declared slice. */
export interface EstimatedSlices {
  /** Rows that batches scored, or those of the source that checks watch; absent: requests. */
  of?: 'batches' | 'data';
  from: Instant;
  to: Instant;
  /** Which slices were declared. */
  sliced: string;
  /** The gate's, or one that can be known without labels. */
  metric: MetricName;
  /** Empty: they could not be estimated. */
  slices: EstimatedSlice[];
  /** Why no row has a score; absent: rows have one. */
  unscored?: string;
}

/** A slice's rows whose labels are not known yet. */
export type SliceRows = Omit<Served, 'profile' | 'current' | 'threshold'> & {
  name: string;
  current: Profile;
  lacks?: string[];
};
interface FoundSlice extends Pick<EstimatedSlice, 'name' | 'rows' | 'lacks'> {
  /** Why there is no estimate; null: there is one. */
  withheld: string | null;
  metrics: Estimated['metrics'];
}

/** As all rows are estimated, by the slice's own rows of the holdout. */
export function estimateSlice(
  pipeline: Judging,
  holdout: readonly SlicedDay[],
  reference: { profile: Profile; columns: readonly string[] },
  { name, current, lacks = [], ...served }: SliceRows,
): FoundSlice {
  const { gates, label } = pipeline;
  const score = current.columns[SCORE]!;
  const rows = total(score.counts);
  const days = daysOfSlice(holdout, name);
  const withheld =
    rows < gates.minRows
      ? `fewer than ${gates.minRows} rows (gates.minRows)${lacks.length > 0 ? `, as earlier days were read without ${lacks.join(', ')}` : ''}`
      : !hasEnough(pipeline, days)
        ? 'too few labelled holdout rows in this slice'
        : whyWithheld(reference.profile, current, { columns: reference.columns, score });
  const of = { ...served, profile: score, current, threshold: null };
  const found = withheld === null ? estimatePerformance(label.kind, days, of) : null;
  return { name, rows, ...(lacks.length > 0 && { lacks }), withheld, metrics: found?.metrics ?? {} };
}

/** By one metric. */
export function slicesBy(gate: MetricName, found: readonly FoundSlice[]): Pick<EstimatedSlices, 'metric' | 'slices'> {
  const metric = estimatedMetric(found.map(({ metrics }) => metrics), gate) ?? gate; // prettier-ignore
  const slices = found.map(({ name, rows, lacks, withheld, metrics }) => ({
    name,
    rows,
    ...(lacks && { lacks }),
    estimate: metrics[metric] ?? withheld ?? 'this metric needs labels',
  }));
  return { metric, slices };
}
