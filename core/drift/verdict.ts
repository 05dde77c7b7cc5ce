import type { Metrics } from '../metrics/metrics.ts';
import type { Instant } from '../time/time.ts';

export const levels = ['stable', 'drifting', 'severe'] as const;
export type Level = (typeof levels)[number];

/** How far one column moved from its reference. Distances are between shares of bins, so all are at home in 0..1 (PSI: 0..). */
export interface ColumnDrift {
  column: string;
  kind: 'number' | 'category';
  /** Population stability index over about ten groups of bins. */
  psi: number;
  /** Jensen-Shannon distance (square root of the divergence, base 2) over the same groups. */
  jensenShannon: number;
  /** Largest distance between the two distribution functions, over all bins; null for a category. */
  ks: number | null;
  /** Tail probability of the chi-squared test over the groups: it informs, it does not decide. */
  chiSquaredP: number;
  ksP: number | null;
  /** What the distances would reach by sampling alone in 95 of 100 checks; taken off before the threshold is asked. */
  samplingError: { psi: number; ks: number | null };
  nullShare: { reference: number; current: number };
  mean: { reference: number; current: number } | null;
  drifted: boolean;
  /** False for columns derived from time and for the score. */
  votes: boolean;
  weight: number;
}

/** The outcome of one drift check, with the numbers behind it. */
export interface Verdict {
  id: string;
  pipeline: string;
  asOf: Instant;
  window: { from: Instant; to: Instant };
  /** The hours of the day (UTC) whose rows of the holdout are the reference; left out when all of them are. */
  hours?: number[];
  /** The champion whose holdout period is the reference. */
  version: number;
  binning: string;
  level: Level;
  /** The moment of the first verdict since the data set was last stable; null while it is. */
  since: Instant | null;
  /** Weighted share of the voting columns that drifted. */
  share: number;
  rows: { reference: number; current: number };
  /** Set when there were too few rows to tell; the level is then stable. */
  abstained: string | null;
  columns: ColumnDrift[];
  /** The same distances for the model's scores; null without a reference. */
  score: ColumnDrift | null;
  /** What labels that have matured by now say of the predictions served a maturity ago, by version. */
  performance: { version: number; metrics: Metrics }[];
  reportKey: string | null;
}

/** The names behind a verdict's level: a column without a say may have moved too, and is left to the report. */
export const driftedColumns = ({ columns }: Pick<Verdict, 'columns'>): string[] =>
  columns.filter(({ drifted, votes, weight }) => drifted && votes && weight > 0).map(({ column }) => column);
