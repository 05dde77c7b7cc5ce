import type { MetricName } from '../metrics/index.ts';
import type { Value } from '../data/data.ts';

/** What a version goes by, measured once on a sample of the holdout that judged it. No values of sensitive columns. */
export interface Insight {
  /** Rows of the holdout that were looked at, and how many it has. */
  rows: number;
  of: number;
  metric: MetricName;
  /** The metric on these rows; null: they cannot tell, so no column was shuffled. */
  value: number | null;
  /** How often each column was shuffled. */
  permutations: number;
  /** The most important column first. */
  importance: Importance[];
  /** Columns that were not shuffled, since others move scores more. */
  unmeasured?: string[];
  dependence: Dependence[];
}

/** How much worse the metric gets when the column's values are shuffled among the rows. */
export interface Importance {
  column: string;
  loss: number;
  /** The interval at 95 %; null where all rows are of one day or entity. */
  low: number | null;
  high: number | null;
}

/** The mean score of the same rows with the column at each of these values. */
export interface Dependence {
  column: string;
  /** How many rows' scores each mean is of. */
  rows: number;
  points: DependencePoint[];
}

export interface DependencePoint {
  value: Value;
  /** The share of the rows that have it; absent for numbers that stand for those around them. */
  share?: number;
  mean: number;
  /** Between these go the curves of eight rows in ten, each moved to the mean's level. */
  low: number;
  high: number;
}
