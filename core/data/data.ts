import type { Instant } from '../time/time.ts';

export type Value = number | string | boolean | null;
/** One row by column name, as a source holds it or a client sends it. */
export type Row = Record<string, Value>;

/** The columns every Parquet part of rows starts with, before the declared ones (see storedName). Times are UTC. */
export const KEY = '_key';
export const TIME = '_time';
export const ENTITY = '_entity';
/** In a training set only. */
export const LABEL = '_label';
export const SPLIT = '_split';
export type OwnColumn = typeof KEY | typeof TIME | typeof ENTITY | typeof LABEL;

/** Rows of a source between two times, `from` included and `to` excluded. */
export interface Partition {
  from: Instant;
  to: Instant;
}

/** One Parquet file of one partition: found by its extraction, verified by its hash, and never changed. */
export interface Part extends Partition {
  id: string;
  extraction: string;
  /** The number of this part within its extraction. The next one replaces it in new snapshots only. */
  number: number;
  /** `rows`: the source's rows; `labels`: label facts by the time they were observed. */
  kind: 'rows' | 'labels';
  objectKey: string;
  sha256: string;
  rows: number;
  bytes: number;
}

export interface Expectation {
  /** The column, or null for the snapshot as a whole. */
  column: string | null;
  name: string;
  allowed: string;
  /** Counts and shares, never a value of a row. */
  observed: string;
  passed: boolean;
  /** How many rows are unexpected; absent if the expectation does not count rows. */
  unexpected?: number;
}

/** Rows with the same unexpected value: how many, and the first of them. */
export interface Example {
  column: string | null;
  /** The expectation's. */
  name: string;
  value: number | string | null;
  rows: number;
  key: string | null;
  time: Instant;
}

/** An immutable version of a data set. Its `id` comes from pipeline, revision, moment, and the bytes of its parts. */
export interface Snapshot {
  id: string;
  pipeline: string;
  revision: string;
  asOf: Instant;
  status: 'assembled' | 'published' | 'quarantined';
  parts: Part[];
  rows: number;
  expectations: Expectation[];
  /** The key of its report, once it is judged. */
  reportKey: string | null;
  /** What people call it; only in lists, and absent where it has none. */
  tags?: string[];
}

/** The result of judging a snapshot. */
export type Judgement = { status: 'published' | 'quarantined' } & Pick<Snapshot, 'expectations' | 'reportKey'>;

/** One column's summary from a pass over a snapshot's rows. */
export interface ColumnSummary {
  column: string;
  rows: number;
  nulls: number;
  min: number | null;
  max: number | null;
  mean: number | null;
  /** Rows below the declared minimum, above the declared maximum, and with an undeclared level. */
  below: number;
  above: number;
  undeclared: number;
  /** Levels of a category or boolean, most frequent first, 1,000 at most. */
  levels: { level: string; rows: number }[];
}

export interface SnapshotSummary {
  rows: number;
  duplicateKeys: number;
  oldest: Instant | null;
  newest: Instant | null;
  columns: ColumnSummary[];
}
