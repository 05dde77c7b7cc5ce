import type { Binning } from './binning.ts';
import type { Partition, Row } from './data.ts';
import type { Profile } from './profile.ts';
import type { Instant } from '../time/time.ts';
import type { Labelling } from './labels.ts';

/** One answered prediction, as the spool and the log hold it. */
export interface Prediction {
  id: string;
  pipeline: string;
  version: number;
  /** The row's key and time, when the client sent them; else the prediction's id and the moment of the answer. */
  key: string;
  time: Instant;
  row: Row;
  score: number;
  /** null where a score estimates a number: nothing is decided. */
  decision: boolean | null;
  servedAt: Instant;
}

/** Absolute totals of one replica for one hour, counted in one binning for one version. */
export interface ServedCounts {
  pipeline: string;
  version: number;
  replica: string;
  sequence: number;
  hour: Instant;
  profile: Profile;
}

export interface PredictionLog {
  /**
   * Writes predictions, each once by id, and in the same transaction notes those that were new as uncounted. Returns how
   * many were new; nothing is written when it throws.
   */
  append(predictions: Prediction[]): Promise<number>;
  /**
   * Takes some uncounted predictions, whoever wrote them, and writes the totals that `counting` makes of them in the newest
   * binnings of their pipelines, in one transaction: each is counted once. Returns how many it took, 0 when none are
   * left; nothing changes when it throws.
   */
  countShipped(
    counting: (predictions: Prediction[], binnings: ReadonlyMap<string, Binning>) => ServedCounts[],
  ): Promise<number>;
  /** Profiles of all live arms in [from, to), by version, in one binning: the totals and what is not counted yet. */
  served(pipeline: string, binning: Binning, within: Partition): Promise<{ version: number; profile: Profile }[]>;
  /** Predictions made for rows of [from, to) with their labels as known at `asOf`, some at a time. */
  labelled(
    pipeline: string,
    within: Partition,
    labelling: Labelling,
    signal?: AbortSignal,
  ): AsyncIterable<{ version: number; score: number; label: number }[]>;
}
