import type { Layout } from './histogram.ts';
import type { LeafSums, Split } from './splits/leaf.ts';
import type { BinTable } from './table.ts';

export type ColumnSplit = Split & { column: number };

/** A leaf whose sums are made, and its best split found. */
export interface SearchedLeaf extends LeafSums {
  /** Its rows, among those that the tree learns from. */
  start: number;
  end: number;
  /** Which histogram is its own. */
  histogram: number;
  /** If set, its histogram holds its parent's sums, and those of this one are taken off. Otherwise its rows are counted. */
  less: number | null;
  /** 1 for each column that may be split here; null if no split is wanted. */
  allowed: Uint8Array | null;
}

/** What one tree learns from. */
export interface TreeInput {
  table: BinTable;
  gradients: Float32Array;
  hessians: Float32Array;
  /** The rows to learn from, ascending; they are reordered, so that each leaf's are side by side. */
  rows: Uint32Array;
  /** 1 for each column that may be split, 0 for the others. */
  columns: Uint8Array;
}

/** Less gain than this is rounding. */
export const LEAST_GAIN = 1e-7;

/** What sums rows into histograms, finds splits in them and divides rows. All engines give the same bits. */
export interface TreeEngine {
  /** The room for a tree's input: for the slopes of all rows, class by class, and for the order of the rows. */
  gradients: Float32Array;
  hessians: Float32Array;
  rows: Uint32Array;
  /** How many histograms there is room for. */
  histograms: number;
  layout: Layout;
  /** What is asked from here on is about this tree. */
  begin(input: TreeInput): void;
  /** Makes the sums of leaves, in this order, and finds the best split of each. */
  search(leaves: readonly SearchedLeaf[]): (ColumnSplit | null)[];
  /** What was made of a leaf's rows, in this engine's own memory. */
  sums(histogram: number): Float64Array;
  /** Puts the rows that go left before the others, both in their order; returns where the others begin. */
  divide(start: number, end: number, split: Pick<ColumnSplit, 'column' | 'set'>): number;
}

/** Histograms take at most so many bytes; those that do not fit are counted again. */
const HISTOGRAM_BYTES = 64 << 20;

/** How many histograms of so many sums there is room for, of a tree of so many leaves. */
export const histogramsFor = (leaves: number, sums: number): number =>
  Math.max(3, Math.min(leaves, Math.floor(HISTOGRAM_BYTES / (sums * 8))));

/** Of the best splits of columns, in their order, the first that gains most. */
export function bestOf(splits: Iterable<ColumnSplit | null>): ColumnSplit | null {
  let best: ColumnSplit | null = null;
  for (const split of splits) if (split && split.gain > (best?.gain ?? 0)) best = split;
  return best;
}
