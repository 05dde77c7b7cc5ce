import { LARGEST } from './binning.ts';
import type { ColumnProfile } from './profile.ts';

const CELLS = 1_024;

/** Edges of bins, and in a grid of equal cells over them the bins that a value of each cell can be in. */
export interface Lookup {
  edges: Float64Array;
  /** How many cells there are to a unit; 0 where the edges cannot be divided. */
  scale: number;
  lowest: Uint8Array | Uint16Array;
  highest: Uint8Array | Uint16Array;
}

/** What makes counting many values quick: most cells leave a bin or two to choose from. */
export function lookupOf(edges: readonly number[]): Lookup {
  const [first = 0, last = 0] = [edges[0], edges.at(-1)];
  const scale = CELLS / (last - first);
  const divides = Number.isFinite(scale) && scale > 0;
  const cells = divides ? CELLS + 1 : 1;
  const Bins = edges.length < 256 ? Uint8Array : Uint16Array;
  const [lowest, highest] = [new Bins(cells), new Bins(cells).fill(edges.length)];
  if (divides)
    // A cell further on either side: the division of a value may round it into its neighbour.
    for (let cell = 0, low = 0, high = 0; cell < cells; cell++) {
      while (low < edges.length && edges[low]! <= first + (cell - 1) / scale) low++;
      while (high < edges.length && edges[high]! <= first + (cell + 2) / scale) high++;
      lowest[cell] = low;
      highest[cell] = high;
    }
  return { edges: Float64Array.from(edges), scale: divides ? scale : 0, lowest, highest };
}

/** Counts values as `countRow` does; one that is not countable is counted nowhere. */
export function countNumbers(
  into: ColumnProfile,
  { edges, scale, lowest, highest }: Lookup,
  values: Float64Array,
): void {
  const { counts, sums, squares } = into;
  const [first, last] = [edges[0] ?? Infinity, edges.at(-1) ?? Infinity];
  for (const value of values) {
    if (!(value <= LARGEST && value >= -LARGEST)) continue; // NaN too
    let low = 0;
    if (value >= last) low = edges.length;
    else if (value >= first) {
      const cell = ((value - first) * scale) | 0;
      low = lowest[cell]!;
      let high = highest[cell]!;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (edges[middle]! <= value) low = middle + 1;
        else high = middle;
      }
    }
    counts[low]!++;
    sums[low]! += value;
    squares[low]! += value * value;
  }
}
