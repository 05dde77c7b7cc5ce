import type { Tally } from './tally.ts';

/** Count, sum and sum of squares of some numbers: their mean and variance, and they add up. */
export interface Moments {
  count: number;
  sum: number;
  squares: number;
}

/** What is known of challenger and champion since a step began. Looked at as often as one likes. */
export interface Evidence {
  challenger: Tally;
  champion: Tally;
  /**
   * The challenger's part of the requests of both: a unit belongs to it with this probability. Half in a shadow step,
   * where both see every request.
   */
  share: number;
  /**
   * How far the challenger's mean score lay from the champion's on the same rows of the holdout, in standard deviations
   * of the champion's: so much is expected. 0 without a comparison.
   */
  expectedShift: number;
  /** The losses of rows whose label has come. null: none has. */
  losses: { challenger: Moments; champion: Moments } | null;
}

export const checks = ['errors', 'refusals', 'latency', 'scores', 'losses'] as const;
export type CheckName = (typeof checks)[number];

/** What one check says, with its numbers. */
export interface Finding {
  check: CheckName;
  /**
   * worse: proven, at the declared rate of false alarms. unsure: it looks worse than declared, unproven. fine: it does not.
   * none: nothing to compare yet.
   */
  verdict: 'worse' | 'unsure' | 'fine' | 'none';
  /** How much worse the challenger is, in the check's own unit, with an interval that holds at every look. */
  difference: number | null;
  interval: [number, number] | null;
  /** How much worse it may be. */
  allowed: number;
  /** One sentence for people. */
  says: string;
}
