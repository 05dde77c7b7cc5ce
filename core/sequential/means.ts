/** Count, sum and sum of squares of some numbers: their mean and variance, and they add up. */
export interface Moments {
  count: number;
  sum: number;
  squares: number;
}

export interface Look {
  /** How likely the interval misses the truth at any look, for ever. */
  alpha: number;
  /** The count on each side at which the interval is to be narrowest, compared with one for that count alone. */
  tightestAt: number;
}

/** An estimate with an interval that holds at every look. */
export interface Estimate {
  estimate: number;
  low: number;
  high: number;
}

export const meanOf = ({ count, sum }: Moments): number => sum / count;

/** Unbiased; 0 of fewer than two numbers, and of numbers that differ by no more than adding them up rounds. */
export function varianceOf({ count, sum, squares }: Moments): number {
  const left = squares - (sum * sum) / count;
  return count < 2 || left <= count * Number.EPSILON * squares ? 0 : left / (count - 1);
}

/**
 * How many standard errors around a difference of two means hold it at every look: the mixture over normal effects of
 * the likelihood ratios of the t statistic. With many numbers it is the normal mixture of Howard et al., 2021, and the
 * asymptotic confidence sequence of Waudby-Smith et al., "Time-uniform central limit theory", 2024; few numbers widen
 * it, where those would trust their variance. The freedom of the smaller side counts, since nothing says that both
 * sides vary alike. Infinity: too few to tell.
 * Lindon, Ham, Tingley and Bojinov, "Anytime-valid linear models and regression adjusted causal inference in randomized
 * experiments", 2022, https://arxiv.org/abs/2210.08589
 * standardErrors(500, 500, { alpha: 0.05, tightestAt: 500 }) // => 3.05
 */
export const standardErrors = (one: number, other: number, { alpha, tightestAt }: Look): number =>
  errorsOf({ size: 1 / (1 / one + 1 / other), degrees: Math.min(one, other) - 1, alpha, tightestAt: tightestAt / 2 });

/** The same of any estimate whose variance is that of one number divided by `size`. */
export function errorsOf({ size, degrees, alpha, tightestAt }: Look & { size: number; degrees: number }): number {
  if (degrees < 1) return Infinity;
  const surprise = -2 * Math.log(alpha);
  const prior = tightestAt / (surprise + Math.log1p(surprise));
  const ratio = prior / (prior + size);
  const bound = (alpha * Math.sqrt(ratio)) ** (2 / (degrees + 1));
  return bound > ratio ? Math.sqrt((degrees * (1 - bound)) / (bound - ratio)) : Infinity;
}

/**
 * The variance that stands for both sides: the larger. Numbers that are mostly alike and rarely large (scores of a rare
 * class, losses) look certain on the side that has not met a large one yet.
 */
const commonVariance = (one: Moments, other: Moments): number => Math.max(varianceOf(one), varianceOf(other));

/** The standard error of the mean of the one less `times` that of the other. */
export const errorOfDifference = (one: Moments, other: Moments, times = 1): number =>
  Math.sqrt(commonVariance(one, other) * (1 / one.count + times ** 2 / other.count));

/** How much larger the mean of the one is. null: too few numbers to tell, or all alike. */
export function differenceOfMeans(one: Moments, other: Moments, look: Look): Estimate | null {
  const reach = standardErrors(one.count, other.count, look) * errorOfDifference(one, other);
  if (!(reach > 0 && reach < Infinity)) return null;
  const estimate = meanOf(one) - meanOf(other);
  return { estimate, low: estimate - reach, high: estimate + reach };
}

/**
 * How many times as large the mean of the one is, by Fieller's theorem: the factors whose difference the interval
 * cannot tell from 0. null: too few numbers to tell, or the other mean may be 0.
 * Fieller, "Some problems in interval estimation", 1954.
 */
export function ratioOfMeans(one: Moments, other: Moments, look: Look): Estimate | null {
  const spread = standardErrors(one.count, other.count, look) ** 2 * commonVariance(one, other);
  if (!(spread > 0 && spread < Infinity)) return null;
  const [mean, base] = [meanOf(one), meanOf(other)];
  const a = base ** 2 - spread / other.count;
  if (a <= 0) return null;
  const root = Math.sqrt((mean * base) ** 2 - a * (mean ** 2 - spread / one.count));
  return { estimate: mean / base, low: (mean * base - root) / a, high: (mean * base + root) / a };
}
