import type { Binning } from '../profiles/binning.ts';
import type { Partition, Row } from '../data.ts';
import type { Profile } from '../profiles/profile.ts';
import type { Instant } from '../../time/time.ts';
import type { HeldBatch } from './whole-days.ts';
import type { Grouping, Groups } from '../../drift/explaining/hourly.ts';
import type { WindowRow } from '../../drift/explaining/shown-rows.ts';
import type { ServedRow } from '../../drift/skew.ts';
import type { Labelling } from '../labels/labels.ts';

/** One answered prediction, as the spool and the log hold it. */
export interface Prediction {
  id: string;
  pipeline: string;
  version: number;
  /** The row's key and time if the client sent them; otherwise the prediction's id and the time of the answer. */
  key: string;
  /** The row's entity, if its pipeline declares one and the client sent it. */
  entity: string | null;
  time: Instant;
  /** As the client sent it, so that nulls and drift are seen. */
  row: Row;
  /** By column, what was scored in place of what the row has; absent: nothing. */
  imputed?: Row;
  /** The caller named the version: the row did not get it by chance, and is no evidence about it. */
  named?: true;
  /** Of classes, the probability of the answer. */
  score: number;
  /** Of classes: the probability of each, in their declared order. */
  probabilities?: readonly number[];
  /** null for numbers and classes, where no threshold decides. */
  decision: boolean | null;
  servedAt: Instant;
}

/** Predictions of one version for one hour of event time, counted in one binning. */
export interface HourCounts {
  pipeline: string;
  version: number;
  hour: Instant;
  profile: Profile;
}

/** Absolute totals of one replica. */
export interface ServedCounts extends HourCounts {
  replica: string;
  sequence: number;
}

/** Logged predictions that no total counts yet: read back from the log, or counted by who shipped them. */
export interface Uncounted {
  predictions: Prediction[];
  counts: HourCounts[];
}

/** Predictions on their way to the log. */
export interface Shipment {
  /** Their lines (core/data/predictions/prediction-lines.ts), from the first one at each call. */
  lines(): AsyncIterable<Uint8Array>;
  /** The counts of all its predictions of a pipeline, by pipeline; empty: they are read back to be counted. */
  counts: ReadonlyMap<string, readonly HourCounts[]>;
}

/** A prediction with its label; of classes, the place of the class and their probabilities. */
export interface LabelledPrediction {
  version: number;
  score: number;
  label: number;
  probabilities: readonly number[] | null;
  decision: boolean | null;
  /** A batch made it. */
  batched: boolean;
  /** Days since 1970, of the row's own time. */
  day: number;
  /** As the client sent it, or what declared slices look at; null unless it was asked for. */
  row: Row | null;
}

/** What a client sent, and what was answered. */
export type ScoredRow = Pick<LabelledPrediction, 'score' | 'probabilities'> & { row: Row };

/** How many predictions a version made for rows of a day (days since 1970). */
export interface AnsweredOfDay {
  version: number;
  day: number;
  rows: number;
}

export interface PredictionLog {
  /**
   * Writes predictions, each once by id, and in the same transaction records the new ones, or their counts, as
   * uncounted. Returns how many were new; when it throws, nothing was written.
   */
  append(shipment: Shipment): Promise<number>;
  /**
   * Takes some uncounted predictions, of any writer, and writes the totals that `counting` makes of them, in one
   * transaction: each is counted once. Those read back are counted in the newest binnings of their pipelines. Returns
   * how many it took, 0 when none are left; when it throws, nothing changed.
   */
  countShipped(
    counting: (uncounted: Uncounted, binnings: ReadonlyMap<string, Binning>) => ServedCounts[],
  ): Promise<number>;
  /** Profiles of all live arms in [from, to), by version, in one binning: the totals plus the uncounted predictions. */
  served(pipeline: string, binning: Binning, within: Partition): Promise<{ version: number; profile: Profile }[]>;
  /** The same hour by hour, each perhaps in several pieces of a version. */
  servedByHour(
    pipeline: string,
    binning: Binning,
    within: Partition,
  ): AsyncIterable<Pick<HourCounts, 'version' | 'hour' | 'profile'>>;
  /** What hours of [from, to) hold of all versions by group of bins, each perhaps in several pieces. */
  groupedByHour(
    pipeline: string,
    binning: Binning,
    within: Partition,
    grouping: Grouping,
  ): Promise<{ hour: Instant; groups: Groups }[]>;
  /** How many predictions each hour of [from, to) has, counted or not. Both are whole hours. */
  rowsByHour(pipeline: string, within: Partition): Promise<number[]>;
  /** The milliseconds after their own time by which 95 % of the newest predictions of [from, to) came; null: none did. */
  lateness(pipeline: string, within: Partition): Promise<number | null>;
  /** The rows of one in so many predictions of [from, to), always the same ones, in the order of time, at most so many. */
  sampleRows(pipeline: string, within: Partition, one: { in: number; atMost: number }): Promise<Row[]>;
  /** Those of the same predictions whose client sent a key of their own. */
  sampleKeyed(pipeline: string, within: Partition, one: { in: number; atMost: number }): Promise<ServedRow[]>;
  /** The newest predictions of [from, to), at most so many. */
  newestRows(pipeline: string, within: Partition, most: number): Promise<WindowRow[]>;
  /**
   * Predictions made for rows of [from, to) with their labels as known at `asOf`, some at a time: those asked for, and after
   * them of published batches those for other rows, which their version has not seen.
   */
  labelled(
    pipeline: string,
    within: Partition,
    labelling: Labelling,
    signal?: AbortSignal,
    options?: { rows?: boolean },
  ): AsyncIterable<LabelledPrediction[]>;
  /** How many such predictions there are of rows of [from, to), labelled or not, perhaps in several pieces. */
  answered(pipeline: string, within: Partition): Promise<AnsweredOfDay[]>;
  /** One in so many requests of [from, to) that a version answered, always the same ones, some at a time. */
  scored(
    pipeline: string,
    version: number,
    within: Partition,
    one: { in: number },
    signal?: AbortSignal,
  ): AsyncIterable<ScoredRow[]>;
  /** A version's published batches with rows of [from, to), the newest first. */
  batched(pipeline: string, version: number, within: Partition): Promise<HeldBatch[]>;
  /**
   * When the newest batch was published that has such rows of a day in a part of it that none before had, by the day's
   * first moment, for days that begin in [from, to).
   */
  newestBatches(pipeline: string, within: Partition): Promise<ReadonlyMap<Instant, Instant>>;
}
