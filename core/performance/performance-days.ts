import type { Partition } from '../data/data.ts';
import type { Instant } from '../time/time.ts';
import type { ErrorModel } from './error-model.ts';
import type { Estimated } from './estimate.ts';
import type { Tally } from './tally.ts';

/** What one version's labelled predictions of a day amount to. */
export interface TallyOfDay {
  /** Its first moment, in UTC. */
  day: Instant;
  tally: Tally;
}

/** The same with the declared slices that have rows, by name. */
export interface SlicedDay extends TallyOfDay {
  slices?: Record<string, Tally>;
  /** Which slices were declared when it was counted. */
  sliced?: string;
}

export interface ArmOfDay {
  version: number;
  /** How many predictions it made, with and without labels. */
  answered: number;
  tally: Tally;
  /** Of its requests alone; absent: no row of a batch is in `tally`. */
  asked?: Tally;
  /** What was said of the day before its labels came, and of which rows: all that batches scored, or requests. */
  estimated?: Estimated['metrics'];
  estimatedOf?: 'batches';
  /** Of the declared slices that have rows, by name. */
  slices?: Record<string, Tally>;
  /** Which slices were declared when it was counted. */
  sliced?: string;
}

/** One day's predictions by version, with the labels known at a moment. */
export interface CountedDay {
  day: Instant;
  known: Instant;
  /** Enough of its labels have come: it is not counted again. */
  closed: boolean;
  arms: ArmOfDay[];
  /** When the newest batch was published that adds rows to the day; null or absent: there was none. */
  batched?: Instant | null;
}

/** What was said of a day's predictions of one version before their labels came. */
export interface EstimateOfDay {
  day: Instant;
  version: number;
  /** None: nothing could be said. */
  metrics: Estimated['metrics'];
  /** Why nothing could be said, where it is known. */
  withheld?: string | null;
  /** Of all rows that batches scored; otherwise of requests. */
  batched: boolean;
}

/** The labels that an estimate of the same rows is compared with. */
export const comparedWith = ({ tally, asked = tally }: ArmOfDay, batched: boolean): Tally => (batched ? tally : asked);

export interface PerformanceDays {
  /** The stored ones of a stretch of time, the earliest first. */
  list(pipeline: string, within: Partition): Promise<CountedDay[]>;
  /** The first closed days of a stretch of time on which a version has labels, without the bins that ranks are taken of. */
  first(pipeline: string, version: number, within: Partition, atMost: number): Promise<SlicedDay[]>;
  /** Stores days, each in place of one that knew less. */
  record(pipeline: string, days: readonly CountedDay[]): Promise<void>;
  estimates(pipeline: string, within: Partition): Promise<EstimateOfDay[]>;
  /** Stores one once; one of batches takes the place of one of requests. */
  recordEstimate(pipeline: string, estimate: EstimateOfDay): Promise<void>;
  /** A version's own holdout by day; null: not counted yet. */
  holdout(pipeline: string, version: number): Promise<SlicedDay[] | null>;
  /** Stores it in place of what was counted of other slices. */
  recordHoldout(pipeline: string, version: number, days: readonly SlicedDay[]): Promise<void>;
  /** How far labels of its holdout lie from a version's estimates, in one binning; null: not fitted yet. */
  errors(pipeline: string, version: number, binning: string): Promise<ErrorModel | null>;
  recordErrors(pipeline: string, version: number, model: ErrorModel): Promise<void>;
}
