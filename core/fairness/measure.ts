import type { LabelKind } from '../data/labels/label-kinds.ts';

/** Scored rows; of a label of several classes those of one: its probability, and 1 for the rows that are of it. */
export interface FairRows {
  labels: Float64Array;
  scores: Float64Array;
  /** Scores from here on count as positive; null for numbers. */
  threshold: number | null;
  /** 1 for the rows that are called positive, where no threshold decides: of a class, those that it is the answer of. */
  called?: Uint8Array;
}

/** A mean over some of a group's rows, which groups are compared by. */
export interface Rate {
  /** Within a sentence: 'share called positive'. */
  title: string;
  /** For the head of a column. */
  short: string;
  /** The rows it is a mean of, within a sentence: 'positives'. */
  rows: 'rows' | 'positives' | 'negatives';
  /** It lies between 0 and 1, so a ratio of two has a meaning. */
  isShare: boolean;
  /** The same of a class held against all others. */
  ofClass?: (name: string) => { title: string; short: string };
  /** A row's part in it; null: the row does not count. */
  of(rows: FairRows, row: number): number | null;
}

/** One way of saying how unlike groups are treated: a file of this folder, and a line in its index. */
export interface Measure {
  /** Within a sentence. */
  title: string;
  labels: readonly LabelKind[];
  /** The largest gap between two groups by any of these. */
  rates: readonly Rate[];
  /** Whether it has a ratio besides the difference. */
  hasRatio: boolean;
}
