import { errorsOf, meanOf, varianceOf, type Estimate, type Look, type Moments } from './means.ts';

/** Sums over pairs of numbers, two of the same unit: they tell apart what units differ in from what the two differ in. */
export interface PairedMoments {
  count: number;
  one: Omit<Moments, 'count'>;
  other: Omit<Moments, 'count'>;
  /** The sum of the products of each pair. */
  products: number;
}

/** A look at pairs. The interval is narrowest at `tightestAt` pairs. */
export interface PairedLook extends Look {
  /**
   * How many numbers the variance is known from, if fewer than there are: of a rare class, those of it. Until some have
   * come, the others look certain.
   */
  telling?: number;
}

const errorsOfPairs = (count: number, { telling = count, ...look }: PairedLook): number =>
  errorsOf({ size: count, degrees: Math.min(telling, count) - 1, ...look });

/** The mean of differences within pairs. null: too few to tell, or all alike. */
export function meanOfDifferences(differences: Moments, look: PairedLook): Estimate | null {
  const reach = errorsOfPairs(differences.count, look) * Math.sqrt(varianceOf(differences) / differences.count);
  if (!(reach > 0 && reach < Infinity)) return null;
  const estimate = meanOf(differences);
  return { estimate, low: estimate - reach, high: estimate + reach };
}

/**
 * How many times as large the mean of the one is: by Fieller's theorem the factors whose difference, pair by pair, the
 * interval cannot tell from 0. null: too few numbers to tell, or the other mean may be 0.
 */
export function ratioOfPairs(pairs: PairedMoments, look: PairedLook): Estimate | null {
  const { count, one, other } = pairs;
  const errors = errorsOfPairs(count, look);
  if (!(errors < Infinity)) return null;
  const [mean, base] = [one.sum / count, other.sum / count];
  const covariance = (pairs.products - count * mean * base) / (count - 1);
  const spread = errors ** 2 / count;
  const a = base ** 2 - spread * varianceOf({ count, ...other });
  if (!(a > 0)) return null;
  const b = mean * base - spread * covariance;
  const c = mean ** 2 - spread * varianceOf({ count, ...one });
  const root = Math.sqrt(Math.max(0, b ** 2 - a * c));
  return { estimate: mean / base, low: (b - root) / a, high: (b + root) / a };
}

/** The standard error of the mean of the one less `times` the other. */
export function errorOfPairs({ count, one, other, products }: PairedMoments, times: number): number {
  const covariance = (products - (one.sum * other.sum) / count) / (count - 1);
  const variance =
    varianceOf({ count, ...one }) + times ** 2 * varianceOf({ count, ...other }) - 2 * times * covariance;
  return Math.sqrt(Math.max(0, variance) / count);
}
