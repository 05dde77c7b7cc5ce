import type { Random } from '../base/random.ts';
import type { ColumnChunk } from '../data/chunks.ts';
import type { Value } from '../data/data.ts';

const MOST_ROWS = 5_000;
const FEWEST_ROWS = 500;
/** Values of all columns together. */
const MOST_CELLS = 500_000;

/** One row in this many is kept, however many rows and columns there are. */
export function sampleStride(rows: number, columns: number): number {
  const kept = Math.min(MOST_ROWS, Math.max(FEWEST_ROWS, Math.floor(MOST_CELLS / Math.max(1, columns))));
  return Math.max(1, Math.ceil(rows / kept));
}

/**
 * Keeps each `stride`th row as chunks come by; with `random` one at a random place of each `stride`, as rows in the order
 * of a source can repeat: the same station each so many.
 */
export interface Sampler {
  add(chunk: ColumnChunk): void;
  all(): ColumnChunk;
}

export function createSampler(columns: readonly string[], stride: number, random?: Random): Sampler {
  const kept: Record<string, Value[]> = Object.fromEntries(columns.map((column) => [column, []]));
  const nextOf = (from: number): number => from + (random?.integer(stride) ?? 0);
  let [seen, rows, next] = [0, 0, nextOf(0)];
  return {
    add(chunk) {
      const taken: number[] = [];
      for (; next < seen + chunk.rows; next = nextOf(++rows * stride)) taken.push(next - seen);
      for (const [column, of] of Object.entries(kept)) {
        const values = chunk.columns[column]!;
        for (const row of taken) of.push(values[row] ?? null);
      }
      seen += chunk.rows;
    },
    all: () => ({ rows, columns: kept }),
  };
}

/** Each `stride`th number, as the sampler keeps rows. */
export const everyNth = (numbers: Float64Array, stride: number): Float64Array =>
  Float64Array.from({ length: Math.ceil(numbers.length / stride) }, (_, i) => numbers[i * stride]!);
