import type { Random } from '../base/random.ts';
import type { ColumnBins } from '../data/binning.ts';
import type { Value } from '../data/data.ts';
import type { Encoding } from '../model/artifact.ts';

/** As what a value is read, stored and sent. */
export type ValueType = 'number' | 'text' | 'boolean';

/** One kind of column: a file of this folder, and a line in its index. */
export interface ColumnKind<Declared> {
  value: ValueType;
  /** Makes the column of a row's time (milliseconds since 1970): no source has it and no request sends it. Null: it is read. */
  derive: ((time: number) => number) | null;
  /** Whether it has a say in the drift of the data set: what follows from time alone has none. */
  votes: boolean;
  /** The share of nulls that the declaration allows. */
  nulls(declared: Declared): number;
  /** What values are declared to be. Whatever else comes is counted, never refused. */
  limits(declared: Declared): Limits;
  /** Whether bins are made from a sample of values, which the column may outgrow. */
  sampled: boolean;
  bins(found: Found): ColumnBins;
  /** Learns from the train split how the column becomes inputs. */
  fit(column: string, random: Random): ColumnFit;
}

export interface Limits {
  min?: number | undefined;
  max?: number | undefined;
  levels?: readonly string[] | undefined;
}

/** What a snapshot holds of a column. */
export interface Found {
  /** Empty unless the kind wants one. */
  sample: Float64Array;
  levels: readonly { level: string; rows: number }[];
}

export interface ColumnFit {
  add: (value: Value) => void;
  finish: () => Encoding;
}
