import type { Difference, Interval } from '../metrics/difference.ts';
import { metricKinds, type MetricName } from '../metrics/index.ts';
import type { Leaks } from './leaks.ts';
import type { ClassMeasures } from '../metrics/class-measures.ts';
import type { Curves } from '../metrics/curves.ts';
import type { Decided } from '../metrics/decided/index.ts';
import type { ErrorMeasures } from '../metrics/errors/index.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Fairness } from '../fairness/fairness.ts';
import type { Candidate } from '../recipes/index.ts';
import type { Folds } from './splits/folds.ts';
import type { ByHash } from './splits/splitting.ts';
import type { Refit, RefitOfVersion } from './refit.ts';
import type { Slices } from './slices/slices.ts';
import type { WarmStart, WarmStartOfVersion } from './warm-start/warm-start.ts';
import type { Instant } from '../time/time.ts';
import type { Described } from './versions/version-names.ts';

export const splitNames = ['train', 'selection', 'calibration', 'holdout'] as const;
export type SplitName = (typeof splitNames)[number];

/**
 * The periods of the four splits. By time they follow each other, and an embargo parts each from the one before; split
 * otherwise (`by`), each lies in all of the time.
 */
export interface Splits {
  from: Instant;
  selection: Instant;
  calibration: Instant;
  holdout: Instant;
  /** Rows from here on have no mature label yet and are in no split. */
  to: Instant;
  /** Where the first three end; absent: where the next begins. The rows between are in none. */
  ends?: Record<Exclude<SplitName, 'holdout'>, Instant>;
  /** How rows were split; absent: by time. */
  by?: ByHash;
}

export interface TrainingSet {
  objectKey: string;
  sha256: string;
  splits: Splits;
  rows: Record<SplitName, number>;
  positives: Record<SplitName, number>;
  /** Labelled rows in no split, since they lie within an embargo. */
  embargoed?: number;
  /** Labelled rows in no split, since the champion was split otherwise and may have seen them. */
  seen?: number;
  /** Rows that would be in the holdout if they had a label; absent: none, and in what earlier releases stored. */
  unlabelled?: number;
  /** What was found in it that a model must not know; absent in what earlier releases stored. */
  leaks?: Leaks;
  /** What learns from it: see `recipesOf`. Absent in what earlier releases stored. */
  recipes?: string;
  /** How all candidates are measured; null: on the selection split. Absent in what earlier releases stored. */
  folds?: Folds | null;
  /** Absent: the declaration does not ask for it. */
  warmStart?: WarmStart;
}

/** Whether some rows of the holdout's time have no label, so that those with one may be a selection. */
export const isPartlyLabelled = (set: Pick<TrainingSet, 'unlabelled'> | null): boolean => (set?.unlabelled ?? 0) > 0;

/** One model recipe tried in a training run, with its metrics on the selection split. */
export interface CandidateResult {
  candidate: string;
  objectKey: string;
  sha256: string;
  selection: Metrics;
  epochs: number;
  /** For a model of trees. */
  trees?: number;
  /** For an average of models: how many. */
  models?: number;
  seconds: number;
  /** The metrics are of rows of the train and selection splits, each scored by a model of other folds. */
  folds?: number;
  backend: string;
  /** Why it did not use TF.js's native backend, in a few words. */
  whyNotNative?: string;
  /** The recipe with all options, with which it can be trained again. Absent: from elsewhere, or of an earlier release. */
  spec?: Candidate;
  /** Of a search's trial: the rung that trained it, on all rows. */
  rung?: number;
  /** The version whose weights it started from; absent: from nothing. */
  startedFrom?: number;
}

/** Two models on the same rows. Optional fields are absent in what earlier releases stored. */
export interface Judged {
  challenger: Metrics;
  champion: Metrics | null;
  difference: Difference | null;
  /** How many entities or days the rows come from, and how many of them have a positive: rows of one are alike. */
  independent?: { by: 'entity' | 'day'; blocks: number; positives: number };
}

/** Winner and champion on the same holdout rows, and, when drift asked, on those after the drift. */
export interface Evaluation extends Judged {
  /** How well the challenger's own metrics are known, those of its label's kind. */
  intervals?: Partial<Record<MetricName, Interval>>;
  /** What the challenger decides at its threshold, and how well. */
  decided?: Decided;
  /** Of a number: other measures of the challenger's errors. */
  errors?: ErrorMeasures;
  /** What it would decide at other thresholds. */
  curves?: Curves;
  /** Of classes: each against all others. */
  classes?: ClassMeasures;
  /** How much better than knowing nothing the challenger is. */
  lead?: Difference | null;
  /** The same of the train and selection splits, by models of other folds: asked of a first model where the holdout cannot tell. */
  leadOutOfFold?: OutOfFoldLead & { rows: number };
  /** Differences by the other metrics of the label's kind. */
  others?: Difference[];
  /** The version that no challenger may fall below, where it is not the champion itself. */
  anchor?: { version: number; metrics: Metrics | null; difference: Difference | null; whyNot?: string };
  /** Why the champion could not be compared with: the challenger is then judged as a first model is. */
  notCompared?: { version: number; why: string };
  looks?: Looks;
  /** The metric by slices of the rows, one column at a time. */
  slices?: Slices;
  /** How groups that are declared are treated. */
  fairness?: Fairness;
  measured?: Measured;
  /**
   * How far the challenger's mean score lies from the champion's, in standard deviations of the champion's; after the
   * drift, if there was one. Absent without a champion, and in versions of earlier releases.
   */
  scoreShift?: number;
  afterDrift: (Judged & { since: Instant }) | null;
}

export interface OutOfFoldLead extends Difference {
  /** What it gains over what rows near in time say; absent in what earlier releases stored. */
  overNearby?: Difference;
}

/** Earlier trainings that were judged on rows of this holdout, the last first. */
export interface Looks {
  runs: string[];
  /** How often these rows were looked at before, on average. */
  before: number;
  /** How sure the intervals are therefore. */
  level: number;
}

export interface Measured {
  microsecondsPerRow: number;
  artifactBytes: number;
  /**
   * How far scores lie from the share of positives, on average, or of classes the answer's probability from the share of
   * answers that are right. null for a label that is a number, and for classes in what earlier releases stored.
   */
  calibrationError: number | null;
}

export interface GateVerdict {
  passed: boolean;
  /** abstained: the holdout cannot tell; the challenger is not promoted. */
  outcome: 'passed' | 'refused' | 'abstained';
  reason: string;
}

/** The result of a training run's best candidate on the holdout. Stored once: the holdout is used only once. */
export interface Evaluated {
  candidate: string;
  objectKey: string;
  sha256: string;
  evaluation: Evaluation;
  gate: GateVerdict;
  /** Where it was to be trained again on all rows. */
  refit?: Refit;
}

export const stages = ['candidate', 'staging', 'production', 'archived'] as const;
export type Stage = (typeof stages)[number];

export interface ModelVersion extends Described {
  pipeline: string;
  version: number;
  revision: string;
  trainingRun: string;
  candidate: string;
  objectKey: string;
  sha256: string;
  stage: Stage;
  snapshot: string;
  asOf: Instant;
  splits: Splits;
  evaluation: Evaluation;
  gate: GateVerdict;
  /** What was found in its training set that a model must not know; absent in versions of earlier releases. */
  leaks?: Leaks;
  createdAt: Instant;
  /** Where it was to be trained again on all rows: what serves may be another artifact than was judged. */
  refit?: RefitOfVersion;
  /** Where its training was to start from the champion's weights: whether it did. */
  warmStart?: WarmStartOfVersion;
  /** The key of its card, once it is written. */
  cardKey: string | null;
}

/** The best candidate on the selection split; a metric without a value there comes last. */
export function bestCandidate(results: CandidateResult[], metric: MetricName): CandidateResult {
  const sign = metricKinds[metric].better === 'lower' ? -1 : 1;
  const value = ({ selection }: CandidateResult): number => {
    const found = selection[metric];
    return found == null ? -Infinity : sign * found;
  };
  return results.reduce((best, result) => (value(result) > value(best) ? result : best));
}
