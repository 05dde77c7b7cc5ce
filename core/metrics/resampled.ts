import { rank } from './ranking.ts';

/** What the metrics of order need to know of each row, from the highest score down, in one number: read in this order. */
export type PackedRows = Uint32Array;

/** Packs each row's block, its label, and whether the next row has a lower score. */
export function pack(scores: ArrayLike<number>, labels: ArrayLike<number>, blockOf: Int32Array): PackedRows {
  const { order, ends } = rank(scores);
  return Uint32Array.from(order, (row, i) => (blockOf[row]! << 2) | (labels[row]! << 1) | ends[i]!);
}

/** `averagePrecision`, with each row counted as often as its block was drawn. */
export function drawnAveragePrecision(packed: PackedRows, times: Int32Array): number | null {
  let [rows, positives, counted, sum] = [0, 0, 0, 0];
  for (let i = 0; i < packed.length; i++) {
    const row = packed[i]!;
    const drawn = times[row >>> 2]!;
    rows += drawn;
    if (row & 2) positives += drawn;
    if (row & 1 && positives > counted) {
      sum += ((positives - counted) * positives) / rows;
      counted = positives;
    }
  }
  return positives === 0 ? null : sum / positives;
}

/** `rocAuc`, with each row counted as often as its block was drawn. */
export function drawnRocAuc(packed: PackedRows, times: Int32Array): number | null {
  let [above, positives, negatives, allNegatives, pairs] = [0, 0, 0, 0, 0];
  for (let i = 0; i < packed.length; i++) {
    const row = packed[i]!;
    const drawn = times[row >>> 2]!;
    if (row & 2) positives += drawn;
    else negatives += drawn;
    if (row & 1) {
      pairs += negatives * (above + positives / 2);
      above += positives;
      allNegatives += negatives;
      positives = 0;
      negatives = 0;
    }
  }
  return above === 0 || allNegatives === 0 ? null : pairs / (above * allNegatives);
}
