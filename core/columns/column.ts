import type { Random } from '../base/random.ts';
import type { ColumnBins } from '../data/profiles/binning.ts';
import type { Value } from '../data/data.ts';
import type { Encoding, EncodingStyle } from '../model/artifact.ts';

/** The type in which a value is read, stored and sent. */
export type ValueType = 'number' | 'text' | 'boolean';

/** One kind of column: a file of this folder, and a line in its index. */
export interface ColumnKind<Declared> {
  value: ValueType;
  /**
   * Derives the column from a row's time (milliseconds since 1970), so no source or request has it. Null: it is read.
   */
  derive: ((time: number) => number) | null;
  /** Whether it votes on the data set's drift: columns derived from time alone do not. */
  votes: boolean;
  /** The share of nulls that the declaration allows. */
  nulls(declared: Declared): number;
  /** The declared values. Others are counted, never refused. */
  limits(declared: Declared): Limits;
  /** Whether bins come from a sample of values, which the column can outgrow. */
  sampled: boolean;
  bins(found: Found): ColumnBins;
  /** Learns from the train split how the column becomes inputs. */
  fit(column: string, style: EncodingStyle, random: Random): ColumnFit;
}

export interface Limits {
  min?: number | undefined;
  max?: number | undefined;
  levels?: readonly string[] | undefined;
}

/** A column's values in a snapshot. */
export interface Found {
  /** Empty unless the kind needs one. */
  sample: Float64Array;
  levels: readonly { level: string; rows: number }[];
}

export interface ColumnFit {
  add: (value: Value) => void;
  finish: () => Encoding;
}
