import { rank } from './ranking.ts';

/** What the metrics of order need to know of each row, from the highest score down, in one number: read in this order. */
export type PackedRows = Uint32Array;

/** Packs each row's block, its label, and whether the next row has a lower score. */
export function pack(scores: ArrayLike<number>, labels: ArrayLike<number>, blockOf: Int32Array): PackedRows {
  const { order, ends } = rank(scores);
  return Uint32Array.from(order, (row, i) => (blockOf[row]! << 2) | (labels[row]! << 1) | ends[i]!);
}

/** How often the block of `packed()` is drawn. */
export const ONCE = Int32Array.of(1);
