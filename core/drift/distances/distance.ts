import type { ColumnBins } from '../../data/profiles/binning.ts';
import { moments, type ColumnProfile } from '../../data/profiles/profile.ts';

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
  profiles: { reference: ColumnProfile; current: ColumnProfile };
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
export interface Distance<Threshold extends number | 'declared' | null> {
  /** Its name in tables and sentences. */
  title: string;
  /** What follows the title in the report's explanations. */
  explained: string;
  /** The kinds of bins that it can measure. */
  of: readonly ColumnBins['kind'][];
  /**
   * Where a column drifts unless its pipeline declares otherwise, from 0 to 1; declared: it decides only where a
   * pipeline declares a threshold; null: a test, which informs and decides nothing.
   */
  threshold: Threshold;
  /** The largest threshold that makes sense; absent: 1. */
  most?: number;
  measure(counts: Counts): Measured;
}

/** In this share of the checks in which nothing has moved a distance stays below its sampling error. */
export const CONFIDENCE = 0.95;

export const sharesOf = (counts: readonly Pair[], all: Pair): Pair[] =>
  counts.map(({ reference, current }) => ({ reference: reference / all.reference, current: current / all.current }));

/** Between this and its negative lie 95 of 100 values of a normal distribution. */
export const NORMAL = 1.959963984540054;

const ROUNDING = 1e-7; // of a mean: what the difference of two large squares leaves of a constant's deviation

/**
 * The reference's standard deviation, in which other differences are told; of a constant that of all rows together. Null
 * without values on one side, or beyond what numbers hold.
 */
export function unitOf({ profiles }: Counts): number | null {
  const [before, after] = [moments(profiles.reference), moments(profiles.current)];
  if (!before || !after) return null;
  const rows = before.rows + after.rows;
  const mean = (before.rows * before.mean + after.rows * after.mean) / rows;
  const of = ({ rows: own, variance, mean: at }: typeof before): number => (own / rows) * (variance + (at - mean) ** 2);
  const alone = Math.sqrt(before.variance);
  const unit = alone > ROUNDING * Math.abs(before.mean) ? alone : Math.sqrt(of(before) + of(after));
  return Number.isFinite(unit) ? unit : null;
}
