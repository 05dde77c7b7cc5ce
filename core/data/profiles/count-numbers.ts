import { LARGEST } from './binning.ts';
import type { ColumnProfile } from './profile.ts';

const CELLS = 8_192;
/** Of so many bins one is found faster by looking at each than by halving them. */
const FEW = 8;

/** What makes counting many values quick: bins, and in a grid of equal cells over them those that a cell's values can be in. */
export interface NumberCounter {
  /** And one that no value reaches. */
  edges: Float64Array;
  first: number;
  last: number;
  /** How many cells there are to a unit; 0 where the edges cannot be divided. */
  scale: number;
  lowest: Uint8Array | Uint16Array;
  highest: Uint8Array | Uint16Array;
  counts: Float64Array;
  sums: Float64Array;
  squares: Float64Array;
}

/** Counts into bins with these edges, from none. */
export function createCounter(edges: readonly number[]): NumberCounter {
  const [first = Infinity, last = Infinity] = [edges[0], edges.at(-1)];
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
  const [counts, sums, squares] = [1, 2, 3].map(() => new Float64Array(edges.length + 1)) as [Float64Array, Float64Array, Float64Array]; // prettier-ignore
  return { edges: Float64Array.of(...edges, Infinity), first, last, scale: divides ? scale : 0, lowest, highest, counts, sums, squares }; // prettier-ignore
}

/** Counts values as `countRow` does; one that is not countable is counted nowhere. */
export function countNumbers(counter: NumberCounter, values: Float64Array): void {
  const { edges, first, last, scale, lowest, highest, counts, sums, squares } = counter;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value <= LARGEST && value >= -LARGEST)) continue; // NaN too
    let low = 0;
    if (value >= last) low = counts.length - 1;
    else if (value >= first) {
      const cell = ((value - first) * scale) | 0;
      low = lowest[cell]!;
      let high = highest[cell]!;
      while (high - low > FEW) {
        const middle = (low + high) >>> 1;
        if (edges[middle]! <= value) low = middle + 1;
        else high = middle;
      }
      while (edges[low]! <= value) low++;
    }
    counts[low]!++;
    sums[low]! += value;
    squares[low]! += value * value;
  }
}

/** What was counted, of so many rows: the others are nulls. */
export function columnOf({ counts, sums, squares }: NumberCounter, rows: number): ColumnProfile {
  const counted = Array.from(counts);
  const values = counted.reduce((sum, count) => sum + count, 0);
  return { counts: counted, sums: Array.from(sums), squares: Array.from(squares), nulls: rows - values };
}
