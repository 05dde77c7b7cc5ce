import type { ColumnBins } from '../../data/binning.ts';

/** What the reference and the current rows have of one thing: counts, or shares where it says so. */
export interface Pair {
  reference: number;
  current: number;
}

/** How a column's rows are spread. */
export interface Counts {
  rows: Pair;
  /** Rows in about ten groups of bins; nulls are a group. */
  groups: readonly Pair[];
  /** Values in each bin; nulls are in none. */
  bins: readonly Pair[];
}

/** What a distance says of one column, as verdicts keep it. */
export interface Measured {
  /** Null for a test, which tells a probability only. */
  value: number | null;
  /** What the value stays below by sampling alone in 95 of 100 checks; null where that is not known. */
  samplingError: number | null;
  /** How probable so large a value is by sampling alone; null where that is not known. */
  p: number | null;
}

/** One way to tell how far a column moved: a file of this folder, and a line in its index. */
export interface Distance<Threshold extends number | null> {
  /** As tables and sentences call it. */
  title: string;
  /** What follows the title in the report's explanations. */
  explained: string;
  /** The kinds of bins that it can be told of. */
  of: readonly ColumnBins['kind'][];
  /** Where a column drifts unless its pipeline declares otherwise, from 0 to 1; null: it informs and decides nothing. */
  threshold: Threshold;
  measure(counts: Counts): Measured;
}

/** In this share of the checks in which nothing has moved a distance stays below its sampling error. */
export const CONFIDENCE = 0.95;

export const sharesOf = (counts: readonly Pair[], all: Pair): Pair[] =>
  counts.map(({ reference, current }) => ({ reference: reference / all.reference, current: current / all.current }));
