import type { Partition } from '../data/data.ts';
import type { Columns } from '../columns/index.ts';
import type { Place } from './source.ts';
import type { Progress } from '../base/progress.ts';
import type { Instant } from '../time/time.ts';

/** Rows to read by time: a source's, or label facts. */
export interface Reading {
  from: Place;
  key: string;
  time: string;
  entity: string | null;
  columns: Columns;
  /** Of label facts of kind class: their only column is read as text, and becomes the place of its class. */
  classes?: readonly string[];
}

/** Rows that a source has and no snapshot. */
export interface LeftOut {
  withoutTime: number;
  /** Older than the declared history; null: to count them would take too long. */
  older: number | null;
}

/** Streams a table's rows into a Parquet file, in bounded memory. */
export interface Extractor {
  /**
   * Throws SOURCE_UNREACHABLE, SOURCE_TABLE_MISSING, SOURCE_COLUMN_MISSING, SOURCE_COLUMN_TYPE. Returns the names of all
   * columns there; none where rows each have their own.
   */
  check(reading: Reading): Promise<string[]>;
  /**
   * How many rows are in no partition from `from` on; null: to look took too long, or the file is too large. Of an API none,
   * since that is never known. Where it took more than a second it is up to a day old, and `from` by its day.
   */
  leftOut(reading: Reading, from: Instant, signal: AbortSignal): Promise<LeftOut | null>;
  /** Rows with from <= time < to, ordered by time, into `file`. */
  extract(
    reading: Reading,
    partition: Partition,
    file: string,
    progress: Progress,
  ): Promise<{ rows: number; sha256: string; bytes: number }>;
}
