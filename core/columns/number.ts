import type { ColumnFit, ColumnKind } from './column.ts';
import type { EncodingStyle } from '../model/artifact.ts';
import type { Random } from '../base/random.ts';
import { makeBins } from '../data/profiles/binning.ts';
import { symmetricLog } from '../model/preprocessing.ts';
import { feature, sensitive, share, strict } from '../base/schema.ts';
import * as z from 'zod';

/** Enough values to estimate a median that stands in for missing ones. */
const SAMPLE = 10_000;
/** Pieces between quantiles, at most: fewer where many rows share a value. */
const PIECES = 32;
/** An exponential distribution has skewness 2, a normal one 0. */
const LONG_TAIL = 1;

export const numberColumn = strict({
  kind: z.literal('number'),
  min: z.number().optional(),
  max: z.number().optional(),
  nulls: share.default(0),
  sensitive,
  feature,
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
      if (style !== 'values' && style !== 'pieces') {
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
      const flagMissing = missing > 0;
      const sorted = Float64Array.from(sample).sort();
      const median = middle(sorted);
      if (style === 'pieces')
        return { kind: 'pieces', column, median, edges: edgesOf(sorted, least, most), flagMissing, ...seenRange };
      const [skewness, afterLog] = [Math.abs(plain.skewness()), Math.abs(logged.skewness())];
      // Cubes of huge values overflow to NaN: a tail that long needs the logarithm too.
      const log = Number.isNaN(skewness) || (skewness > LONG_TAIL && afterLog < skewness);
      const transform = log ? 'log' : 'identity';
      if (style === 'robust') {
        const scale = scaleOf(log ? sorted.map(symmetricLog) : sorted);
        return { kind: 'robust', column, transform, median, scale, flagMissing, ...seenRange };
      }
      const { mean, deviation } = log ? logged : plain;
      return {
        kind: 'number',
        column,
        transform,
        median,
        mean: mean(),
        deviation: deviation() || 1, // a constant column becomes zeros
        flagMissing,
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
  // Mean, squares and cubes in an array: as variables that functions share, each new value would be an object.
  const sums = new Float64Array(3);
  let count = 0;
  return {
    add(x: number): void {
      count++;
      const [mean, squares] = [sums[0]!, sums[1]!];
      const delta = x - mean;
      const share = delta / count;
      const term = delta * share * (count - 1);
      sums[0] = mean + share;
      sums[2]! += term * share * (count - 2) - 3 * share * squares;
      sums[1] = squares + term;
    },
    mean: () => sums[0]!,
    deviation: () => (count === 0 ? 0 : Math.sqrt(sums[1]! / count)),
    skewness: () => (sums[1] === 0 ? 0 : (Math.sqrt(count) * sums[2]!) / sums[1]! ** 1.5),
  };
}

/** Quantiles, without those that are equal; between the least and the most value that was seen. */
function edgesOf(sorted: Float64Array, least: number, most: number): number[] {
  if (sorted.length === 0) return [0, 1];
  const quantiles = Array.from({ length: PIECES - 1 }, (_, i) => quantile(sorted, (i + 1) / PIECES));
  const edges = [...new Set([least, ...quantiles, most])];
  return edges.length > 1 ? edges : [least, above(least)];
}

/** Any larger number, however large it is: its piece is 0 for all that was seen. */
const above = (value: number): number => value + Math.max(1, Math.abs(value) / 2);

/**
 * From the first to the third quartile, as RealMLP scales (https://arxiv.org/abs/2407.04491, appendix C); half the range
 * where those are equal, as with a number that is mostly zero.
 */
function scaleOf(sorted: Float64Array): number {
  if (sorted.length === 0) return 1;
  const [low, high] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  const scale = high > low ? high - low : (sorted.at(-1)! - sorted[0]!) / 2;
  return scale > 0 && Number.isFinite(scale) ? scale : 1; // a constant column becomes zeros
}

const quantile = (sorted: Float64Array, share: number): number => sorted[Math.floor(share * (sorted.length - 1))]!;

function middle(values: ArrayLike<number>): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
