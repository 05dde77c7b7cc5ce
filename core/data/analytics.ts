import type { Binning } from './profiles/binning.ts';
import type { ColumnSummary, Example, OwnColumn, Partition, SnapshotSummary } from './data.ts';
import type { RowFault } from '../expectations/index.ts';
import type { Columns } from '../columns/index.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import type { Profile } from './profiles/profile.ts';
import type { Instant } from '../time/time.ts';
import type { LeakQuestion, Leaks } from '../training/leaks.ts';
import type { ByHash } from '../training/splits/splitting.ts';
import type { SplitName, Splits, TrainingSet } from '../training/training.ts';
import type { Labelling } from './labels/labels.ts';
import type { RowChunk } from './chunks.ts';

/** Queries of Parquet files on this machine. All take paths, never object keys. */
export interface Analytics {
  summarise(files: string[], columns: Columns): Promise<SnapshotSummary>;
  /** The most frequent levels of each of these columns that are no numbers, as a summary tells them, and nothing else. */
  levels(files: string[], columns: Columns): Promise<Record<string, ColumnSummary['levels']>>;
  /** Unexpected rows, at most `most` values of each fault. */
  examples(
    files: string[],
    columns: Columns,
    faults: readonly { column: string | null; name: RowFault }[],
    most: number,
  ): Promise<Example[]>;
  /** At most `rows` values of each of these columns of numbers without nulls, the same ones each time. */
  samples(files: string[], columns: string[], rows: number): Promise<Record<string, Float64Array>>;
  /** Counts rows with from <= _time < to into bins. */
  profile(files: string[], binning: Binning, within: Partition): Promise<Profile>;
  /** The share of positive labels among mature rows, and how many rows are mature. */
  labelShare(rowFiles: string[], labelFiles: string[], label: Labelling): Promise<{ rows: number; positives: number }>;
  /** The time of the last `most` rows before `before` that have a label, at most; null: there is none. */
  lastLabelled(
    files: { rows: string[]; labels: string[] },
    label: Labelling,
    last: { before: Instant; most: number },
  ): Promise<Partition | null>;
  /**
   * Joins rows with their labels as of a moment, marks the four splits in time order, shuffles by `seed`, writes
   * `file`.
   */
  assemble(
    rowFiles: string[],
    labelFiles: string[],
    options: AssembleOptions,
    file: string,
  ): Promise<Omit<TrainingSet, 'objectKey'>>;
  /** What lets a model look better in a training set than it can be. */
  findLeaks(file: string, question: LeakQuestion): Promise<Leaks>;
  /**
   * The rows of a split, in the order of the file, a chunk at a time. Our own columns in it are `_time` and `_label` by
   * default.
   */
  readSplit(file: string, split: SplitName, columns: string[], own?: OwnColumn[]): AsyncIterable<RowChunk>;
  /** Rows of a part that the holdout takes if they have a label, with `_time` as our only column. */
  readHeld(file: string, splits: Splits, columns: string[]): AsyncIterable<RowChunk>;
}

export interface AssembleOptions extends Labelling {
  /** Rows of this long before the newest that is mature; absent: all. */
  window?: string;
  columns: Columns;
  shares: Pipeline['splits'];
  /** By time, the holdout must not begin before this: a champion has seen the earlier rows. */
  holdoutNotBefore: Instant | null;
  /** How rows are split where not by time. */
  by?: ByHash;
  seed: number;
}
