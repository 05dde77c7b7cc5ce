import type { Encoding } from './artifact.ts';
import { symmetricLog } from './preprocessing.ts';
import type { Value } from '../data/data.ts';
import { own } from '../base/own.ts';
import type { Columns } from '../declaration/pipeline.ts';
import type { ColumnChunk } from '../data/chunks.ts';
import type { Random } from '../base/random.ts';

const MOST_LEVELS = 50;
/** A level with fewer rows teaches a weight of its own nothing but noise. */
const FEWEST_ROWS = 10;
/** So many values estimate a median closely enough to stand in for a missing one. */
const SAMPLE = 10_000;
/** Levels counted at a time; of a column with more, the rarest are forgotten as it streams by. */
const MOST_COUNTED = 20_000;
/** An exponential distribution has skewness 2, a normal one 0. */
const LONG_TAIL = 1;

/** Learns encodings from the train split as its chunks stream by, in bounded memory. */
export interface Fitting {
  add: (chunk: ColumnChunk) => void;
  finish: () => Encoding[];
}

export function fitEncodings(columns: Columns, random: Random): Fitting {
  const fits = Object.entries(columns).map(([column, { kind }]) => ({ column, ...fitColumn(column, kind, random) }));
  return {
    add(chunk) {
      for (const { column, add } of fits) {
        const values = own(chunk.columns, column);
        if (!values)
          throw new Error(`Column "${column}" was not read; read are: ${Object.keys(chunk.columns).join(', ')}`);
        for (let row = 0; row < chunk.rows; row++) add(values[row] ?? null);
      }
    },
    finish: () => fits.map(({ finish }) => finish()),
  };
}

interface ColumnFit {
  add: (value: Value) => void;
  finish: () => Encoding;
}

function fitColumn(column: string, kind: Columns[string]['kind'], random: Random): ColumnFit {
  switch (kind) {
    case 'number':
      return fitNumber(column, random);
    case 'category':
      return fitCategory(column);
    case 'boolean':
      return { add: () => {}, finish: () => ({ kind: 'category', column, levels: ['false', 'true'] }) };
    case 'hour':
      return { add: () => {}, finish: () => ({ kind: 'hour', column }) };
  }
}

function fitNumber(column: string, random: Random): ColumnFit {
  const plain = moments();
  const logged = moments();
  const sample: number[] = [];
  let seen = 0;
  let missing = 0;
  return {
    add(value) {
      if (typeof value !== 'number' || !Number.isFinite(value)) {
        missing++;
        return;
      }
      seen++;
      plain.add(value);
      logged.add(symmetricLog(value));
      // Reservoir sampling: every value so far is equally likely to be in the sample.
      if (sample.length < SAMPLE) sample.push(value);
      else {
        const place = random.integer(seen);
        if (place < SAMPLE) sample[place] = value;
      }
    },
    finish() {
      const [skewness, afterLog] = [Math.abs(plain.skewness()), Math.abs(logged.skewness())];
      // Cubes of huge values overflow to NaN: a tail that long wants the logarithm too.
      const log = Number.isNaN(skewness) || (skewness > LONG_TAIL && afterLog < skewness);
      const { mean, deviation } = log ? logged : plain;
      return {
        kind: 'number',
        column,
        transform: log ? 'log' : 'identity',
        median: middle(sample),
        mean: mean(),
        deviation: deviation() || 1, // a constant column becomes zeros
        flagMissing: missing > 0,
      };
    },
  };
}

function fitCategory(column: string): ColumnFit {
  const counts = new Map<string, number>();
  return {
    add(value) {
      if (value === null) return;
      const level = String(value);
      counts.set(level, (counts.get(level) ?? 0) + 1);
      if (counts.size > MOST_COUNTED) forgetRare(counts);
    },
    finish: () => ({
      kind: 'category',
      column,
      levels: [...counts]
        .filter(([, rows]) => rows >= FEWEST_ROWS)
        .sort(([a, rowsA], [b, rowsB]) => rowsB - rowsA || (a < b ? -1 : 1))
        .slice(0, MOST_LEVELS)
        .map(([level]) => level),
    }),
  };
}

function forgetRare(counts: Map<string, number>): void {
  for (let rare = 1; counts.size > MOST_COUNTED / 2; rare *= 2)
    for (const [level, rows] of counts) if (rows <= rare) counts.delete(level);
}

/**
 * Mean, deviation and skewness in one pass that loses no digits to large means.
 * https://en.wikipedia.org/wiki/Algorithms_for_calculating_variance#Higher-order_statistics
 */
function moments() {
  let [count, mean, squares, cubes] = [0, 0, 0, 0];
  return {
    add(x: number): void {
      count++;
      const delta = x - mean;
      const share = delta / count;
      const term = delta * share * (count - 1);
      mean += share;
      cubes += term * share * (count - 2) - 3 * share * squares;
      squares += term;
    },
    mean: () => mean,
    deviation: () => (count === 0 ? 0 : Math.sqrt(squares / count)),
    skewness: () => (squares === 0 ? 0 : (Math.sqrt(count) * cubes) / squares ** 1.5),
  };
}

function middle(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
