import type {
  RedactedBinning,
  RedactedPipeline,
  RedactedProfile,
  RedactedVerdict,
} from '../declaration/redaction/redaction.ts';
import type { ColumnProfile } from '../data/profiles/profile.ts';
import type { PerformanceByDay } from '../performance/by-day.ts';
import type { NextTraining } from '../training/retraining/next-training.ts';
import type { Hourly } from './explaining/hourly.ts';

/** Rows by time, and those of the reference in the same groups. */
export interface ByHour {
  hourly: Hourly;
  reference: Readonly<Record<string, readonly number[]>>;
}

/** What the page of a drift check is made of. */
export interface DriftReport {
  verdict: RedactedVerdict;
  reference: RedactedProfile;
  current: RedactedProfile;
  binning: RedactedBinning;
  pipeline: RedactedPipeline;
  /** The champion's scores on its own holdout, and in the window. */
  referenceScore?: ColumnProfile;
  currentScore?: ColumnProfile;
  /** The hours of the days up to the window's end. */
  byHour?: ByHour;
  /** How predictions did day by day. */
  byDay?: PerformanceByDay;
  /** Whether a training is asked for, as of the check. */
  training?: NextTraining;
  /** What somebody compared, in words; absent in a check of the monitoring loop. */
  byHand?: { from: string; against: string };
}
