import { rank } from './ranking.ts';

/** What ranking metrics need of each row, packed in one number, from the highest score down. */
export type PackedRows = Uint32Array;

/** Packs each row's block, its label, and whether the next row has a lower score. */
export function pack(scores: ArrayLike<number>, labels: ArrayLike<number>, blockOf: Int32Array): PackedRows {
  const { order, ends } = rank(scores);
  return Uint32Array.from(order, (row, i) => (blockOf[row]! << 2) | (labels[row]! << 1) | ends[i]!);
}

/** How often the block of `packed()` is drawn. */
export const ONCE = Int32Array.of(1);
