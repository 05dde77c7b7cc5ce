import type { ColumnBins } from '../../data/profiles/binning.ts';

/** One figure of the reference and of the current rows: counts, or shares where noted. */
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

/** A distance's result for one column, as verdicts store it. */
export interface Measured {
  /** Null for a test, which gives only a probability. */
  value: number | null;
  /** The value stays below this by sampling alone in 95 of 100 checks; null if unknown. */
  samplingError: number | null;
  /** The probability of so large a value by sampling alone; null if unknown. */
  p: number | null;
}

/** One measure of how far a column moved: a file of this folder, and a line in its index. */
export interface Distance<Threshold extends number | null> {
  /** Its name in tables and sentences. */
  title: string;
  /** What follows the title in the report's explanations. */
  explained: string;
  /** The kinds of bins that it can measure. */
  of: readonly ColumnBins['kind'][];
  /**
   * Where a column drifts unless its pipeline declares otherwise, from 0 to 1; null: it informs and decides nothing.
   */
  threshold: Threshold;
  measure(counts: Counts): Measured;
}

/** In this share of the checks in which nothing has moved a distance stays below its sampling error. */
export const CONFIDENCE = 0.95;

export const sharesOf = (counts: readonly Pair[], all: Pair): Pair[] =>
  counts.map(({ reference, current }) => ({ reference: reference / all.reference, current: current / all.current }));
