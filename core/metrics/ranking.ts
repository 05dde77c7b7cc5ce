/** Rows from the highest score to the lowest: sorted once, walked by every metric of order. */
export interface Ranking {
  order: Uint32Array;
  /** 1 where the next row in order has a lower score: rows of equal score are only counted together. */
  ends: Uint8Array;
}

export function rank(scores: ArrayLike<number>): Ranking {
  const values = Float64Array.from(scores);
  const unusable = values.findIndex(Number.isNaN);
  if (unusable !== -1) throw new RangeError(`The score of row ${unusable} is not a number, so rows cannot be ranked`);
  const order = Uint32Array.from(values, (_, row) => row).sort((a, b) => values[b]! - values[a]!);
  const ends = Uint8Array.from(order, (row, i) =>
    i + 1 === order.length || values[row] !== values[order[i + 1]!] ? 1 : 0,
  );
  return { order, ends };
}
