import { binsOf, wordsFor, type BinTable, type TreeColumn } from './table.ts';

/** Where each column's bins are in a histogram: two sums a bin, of gradients and of hessians. */
export interface Layout {
  offsets: Int32Array<ArrayBuffer>;
  bins: Int32Array<ArrayBuffer>;
  length: number;
}

export function layoutOf(columns: readonly TreeColumn[]): Layout {
  const padded = wordsFor(columns.length) * 4; // what fills the last word has one bin
  const bins = Int32Array.from({ length: padded }, (_, i) => (i < columns.length ? binsOf(columns[i]!) : 1));
  const offsets = new Int32Array(padded);
  let length = 0;
  for (let i = 0; i < padded; i++) {
    offsets[i] = length;
    length += 2 * bins[i]!;
  }
  return { offsets, bins, length };
}

/** Rows of a leaf, with their gradients and hessians side by side so that sums read them in order. */
export interface LeafRows {
  rows: Uint32Array;
  gradients: Float32Array;
  hessians: Float32Array;
  count: number;
}

/** Sums the rows of a leaf into each bin of the columns that are used. */
export function countInto(
  histogram: Float64Array,
  { offsets }: Layout,
  { words }: BinTable,
  used: Uint8Array,
  leaf: LeafRows,
): void {
  histogram.fill(0);
  for (let word = 0; word < words.length; word++) {
    const at = word * 4;
    if (used[at] || used[at + 1] || used[at + 2] || used[at + 3])
      countWord(histogram, words[word]!, leaf, offsets[at]!, offsets[at + 1]!, offsets[at + 2]!, offsets[at + 3]!);
  }
}

/** Four columns a turn: a row's word, gradient and hessian are read once for all, which made this twice as fast. */
function countWord(
  histogram: Float64Array,
  word: Uint32Array,
  { rows, gradients, hessians, count }: LeafRows,
  a: number,
  b: number,
  c: number,
  d: number,
): void {
  for (let i = 0; i < count; i++) {
    const bins = word[rows[i]!]!;
    const gradient = gradients[i]!;
    const hessian = hessians[i]!;
    const inA = a + ((bins << 1) & 510);
    histogram[inA]! += gradient;
    histogram[inA + 1]! += hessian;
    const inB = b + ((bins >>> 7) & 510);
    histogram[inB]! += gradient;
    histogram[inB + 1]! += hessian;
    const inC = c + ((bins >>> 15) & 510);
    histogram[inC]! += gradient;
    histogram[inC + 1]! += hessian;
    const inD = d + ((bins >>> 23) & 510);
    histogram[inD]! += gradient;
    histogram[inD + 1]! += hessian;
  }
}

/** What is left of a leaf's histogram without one child's is the other child's. */
export function subtract(from: Float64Array, child: Float64Array): void {
  for (let i = 0; i < from.length; i++) from[i]! -= child[i]!;
}
