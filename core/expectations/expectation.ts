import type { Column } from '../columns/index.ts';
import type { ColumnSummary, Expectation, SnapshotSummary } from '../data/data.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import type { Instant } from '../time/time.ts';

/** What expectations read of a snapshot. */
export interface JudgedSnapshot {
  pipeline: Pipeline;
  summary: SnapshotSummary;
  /** Mature rows, if the declaration expects something of labels. */
  labels: { rows: number; positives: number } | null;
  asOf: Instant;
}

export interface JudgedColumn {
  declared: Column;
  summary: ColumnSummary;
}

/** One expectation of all rows together: a file of this folder, and a line in its index. */
export interface OfTheWhole<Judged> {
  /** Null where nothing is expected. */
  judge(judged: Judged): Omit<Expectation, 'name' | 'unexpected'> | null;
}

/** One expectation of each row: unexpected rows are counted, and some are shown. */
export interface OfEachRow<Judged> {
  /** Null where nothing is expected. */
  count(judged: Judged): Counted | null;
  /** Which values are shown first; "earliest": rows by time, since they have no value. */
  examples: ExampleOrder;
  /** Whether the limits reveal values, which must stay hidden for a sensitive column. */
  limits: 'values' | 'counts';
}

export type ExampleOrder = 'lowest' | 'highest' | 'most frequent' | 'earliest';

export interface Counted {
  unexpected: number;
  rows: number;
  allowed: string;
  /** The allowed share of unexpected rows; none by default. */
  mostShare?: number;
}

/** percent(0.031) // => '3.10 %'; percent(1e-6) // => '<0.01 %', since some is not none */
export const percent = (share: number): string =>
  share > 0 && share < 0.00005 ? '<0.01 %' : `${(share * 100).toFixed(2)} %`;
