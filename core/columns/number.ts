import type { ColumnFit, ColumnKind } from './column.ts';
import type { EncodingStyle } from '../model/artifact.ts';
import type { Random } from '../base/random.ts';
import { makeBins } from '../data/profiles/binning.ts';
import { symmetricLog } from '../model/preprocessing.ts';
import { sensitive, share, strict } from '../base/schema.ts';
import * as z from 'zod';

/** Enough values to estimate a median that stands in for missing ones. */
const SAMPLE = 10_000;
/** An exponential distribution has skewness 2, a normal one 0. */
const LONG_TAIL = 1;

export const numberColumn = strict({
  kind: z.literal('number'),
  min: z.number().optional(),
  max: z.number().optional(),
  nulls: share.default(0),
  sensitive,
}).refine(({ min, max }) => min === undefined || max === undefined || min <= max, {
  path: ['min'],
  message: 'min must not be above max',
});

export const number: ColumnKind<z.infer<typeof numberColumn>> = {
  value: 'number',
  derive: null,
  votes: true,
  nulls: ({ nulls }) => nulls,
  limits: ({ min, max }) => ({ min, max }),
  sampled: true,
  bins: ({ sample }) => makeBins(sample),
  fit,
};

function fit(column: string, style: EncodingStyle, random: Random): ColumnFit {
  const plain = moments();
  const logged = moments();
  const sample: number[] = [];
  let seen = 0;
  let missing = 0;
  let [least, most] = [Infinity, -Infinity];
  return {
    add(value) {
      if (typeof value !== 'number' || !Number.isFinite(value)) {
        missing++;
        return;
      }
      seen++;
      if (value < least) least = value;
      if (value > most) most = value;
      if (style === 'inputs') {
        plain.add(value);
        logged.add(symmetricLog(value));
      }
      // Reservoir sampling: every value so far is equally likely to be in the sample.
      if (sample.length < SAMPLE) sample.push(value);
      else {
        const place = random.integer(seen);
        if (place < SAMPLE) sample[place] = value;
      }
    },
    finish() {
      const seenRange = seen > 0 && { range: [least, most] as [number, number] };
      if (style === 'values') return { kind: 'value', column, usual: middle(sample), ...seenRange };
      const [skewness, afterLog] = [Math.abs(plain.skewness()), Math.abs(logged.skewness())];
      // Cubes of huge values overflow to NaN: a tail that long needs the logarithm too.
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
        ...seenRange,
      };
    },
  };
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
