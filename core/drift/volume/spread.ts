import { normalQuantile } from '../alarm/quantile.ts';
import { nearest, type Expected, type Sum } from './usual.ts';

export type Direction = 'fewer' | 'more';

/** How far windows have been from what is usual. */
export interface Spread {
  /** So many rows come together: the variance is that many times the mean's, */
  together: number;
  /** and beyond that a share of the squared mean. */
  beyond: number;
  /** How many standard errors are unusual. */
  limits: Record<Direction, number>;
  /** How many times the usual rows have come again and again: as many are a burst like others. */
  burst: number;
}

/** The median of the squares of normal errors. */
const MEDIAN_SQUARE = 0.4549;
/** Tails begin where this share of errors is beyond. */
const TAIL = 0.1;
/** Where a normal tail of that share begins, and how far beyond its median is. */
const NORMAL = { start: 1.645, median: 0.315 };
/** What was as far off so many times is usual here, */
const TIMES = 3;
/** and up to so many times as far. */
const MORE = 1.5;
/** Halves of windows tell two parts of the variance apart if one has so many more rows. */
const LEAST_APART = 0.2;
/** Where hardly any rows come, counts are too coarse to tell how far they spread. */
const FEWEST_ROWS = 1;
const LEAST_MEAN = 0.5;

/**
 * How far a count is from its mean, in standard errors: the signed root of the deviance of the negative binomial, whose
 * variance is mean + beyond * mean ** 2. https://en.wikipedia.org/wiki/Negative_binomial_distribution
 */
export function errorsOf(sum: Sum, { together, beyond }: Pick<Spread, 'together' | 'beyond'>): number {
  const rows = sum.rows / together;
  const mean = Math.max(sum.usual / together, LEAST_MEAN);
  const own = rows > 0 ? rows * Math.log(rows / mean) : 0;
  const rest =
    beyond < 1e-9 ? rows - mean : (rows + 1 / beyond) * (Math.log1p(beyond * rows) - Math.log1p(beyond * mean));
  return Math.sign(rows - mean) * Math.sqrt(2 * Math.max(0, own - rest));
}

/**
 * By the past, most of which is quiet: the median error tells the spread, and the errors beyond the 90 % quantile how
 * fast tails fall. What was as far off on three occasions is usual, however far.
 * @param past from where sums tell of tails, where they tell of nothing any more, and where bursts tell of none
 * @param apart how far occasions are apart at least
 * @param chance how often a window may be unusual by chance
 */
export function fitSpread(
  sums: readonly (Expected | null)[],
  past: { from: number; to: number; burstsTo: number },
  apart: number,
  chance: number,
): Spread {
  const of = varianceOf(
    sums.slice(past.from, past.to).filter((sum) => sum !== null && sum.usual >= FEWEST_ROWS) as Sum[],
  );
  const errors = sums.map((sum) => (sum ? errorsOf(nearest(sum), of) : 0));
  const tailAt = (sign: number): number =>
    tailOf(
      errors.slice(past.from, past.to).map((error) => sign * error),
      chance,
    );
  const tails = { fewer: tailAt(-1), more: tailAt(1) };
  const limitOf = (direction: Direction, sign: number): number => {
    const sizes = errors.slice(0, past.to).map((error) => sign * error);
    return Math.max(tails[direction], MORE * recurring(sizes, apart));
  };
  // A burst by night is fewer errors off than one by day, and as many times what is usual.
  const times = sums
    .slice(0, past.burstsTo)
    .map((sum, at) => (sum && sum.most > 0 && errors[at]! > tails.more ? sum.rows / sum.most : 0));
  return {
    ...of,
    limits: { fewer: limitOf('fewer', -1), more: limitOf('more', 1) },
    burst: MORE * recurring(times, apart),
  };
}

/** By the half of the windows with the fewest rows and the other half: a line through their variances. */
function varianceOf(sums: readonly Sum[]): { together: number; beyond: number } {
  const bySize = [...sums].sort((a, b) => a.usual - b.usual);
  const half = bySize.length >> 1;
  const [low, high] = [bySize.slice(0, half), bySize.slice(half)].map((some) => ({
    usual: quantile(
      some.map(({ usual }) => usual),
      0.5,
    ),
    // By row, so that a half may hold windows of unlike size.
    variance:
      quantile(
        some.map(({ rows, usual }) => (rows - usual) ** 2 / usual),
        0.5,
      ) / MEDIAN_SQUARE,
  })) as [Half, Half];
  const apart = high.usual - low.usual;
  const slope = apart > 0 ? Math.max(0, high.variance - low.variance) / apart : 0;
  const beyond = apart > low.usual * LEAST_APART ? slope : 0;
  const together = Math.max(1, low.variance - beyond * low.usual);
  return { together, beyond };
}

interface Half {
  usual: number;
  variance: number;
}

/**
 * What a tail exceeds with this chance: as a normal one, or as much longer as its upper half is. What is unusual anyway
 * tells nothing of it.
 */
function tailOf(sizes: readonly number[], chance: number): number {
  const normal = normalQuantile(chance);
  const own = sizes.filter((size) => size > 0 && size < normal);
  const start = quantile(own, 1 - TAIL);
  const scale = Math.max(1, start / NORMAL.start);
  const longer = Math.max(0, quantile(own, 1 - TAIL / 2) - start - NORMAL.median * scale) / Math.LN2;
  return scale * normal + longer * Math.log(TAIL / chance);
}

/** The size that was reached so many times, days apart. */
function recurring(sizes: readonly number[], apart: number): number {
  const inOrder = sizes.map((size, at) => ({ size, at })).sort((a, b) => b.size - a.size);
  const peaks: { size: number; at: number }[] = [];
  for (const one of inOrder) {
    if (one.size <= 0) return 0;
    if (peaks.some(({ at }) => Math.abs(at - one.at) < apart)) continue;
    if (peaks.push(one) === TIMES) return one.size;
  }
  return 0;
}

function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}
