import type { Moments } from '../../sequential/means.ts';
import type { PairedMoments } from '../../sequential/pairs.ts';
import type { Tally } from './tally.ts';

export type { Moments };

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
  /** The losses of rows whose label has come; of a shadow step, where both scored the same rows, in pairs. null: none has. */
  losses: { challenger: Moments; champion: Moments } | PairedLosses | null;
}

/** Losses on the same rows: `one` is the version that is judged, `other` the one that it is compared with. */
export interface PairedLosses extends PairedMoments {
  /** How many labels there are that are not the most frequent one. null: the label is a number. */
  rarer: number | null;
}

export const checks = ['errors', 'refusals', 'latency', 'scores', 'losses'] as const;
export type CheckName = (typeof checks)[number];

/** What one check says, with its numbers. */
export interface Finding {
  check: CheckName;
  /**
   * worse: proven, at the declared rate of false alarms. unsure: unproven, but it looks worse than allowed, as chance
   * alone would make it in less than one look in twenty. fine: it does not. none: nothing to compare yet.
   */
  verdict: 'worse' | 'unsure' | 'fine' | 'none';
  /**
   * The challenger's errors or refusals as a multiple of the champion's, the time that its slowest tenth takes
   * likewise, how much higher its mean score is in standard deviations of the champion's, how much larger its mean loss
   * as a share of the champion's. null: unknown.
   */
  difference: number | null;
  /** Holds it at every look. Its high end is null where nothing bounds it. */
  interval: [low: number, high: number | null] | null;
  /** How large the difference may be; for scores, how far from the expected one. */
  allowed: number;
  /** Of scores: the difference that is expected. */
  expected?: number;
  /** One sentence for people. */
  says: string;
}
