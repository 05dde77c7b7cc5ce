import { total } from '../../data/profiles/profile.ts';
import { CONFIDENCE, sharesOf, type Distance, type Pair } from './distance.ts';

/** For unbinned values; in bins KS is smaller, so this errs towards silence. */
const QUANTILE = Math.sqrt(-Math.log((1 - CONFIDENCE) / 2) / 2); // 1.358

/**
 * Compares how the values are spread; without values on one side there is nothing to compare, and PSI sees the nulls.
 */
export const ks: Distance<number> = {
  title: 'KS',
  explained:
    'is the largest gap between the two cumulative distributions (Kolmogorov-Smirnov): at 0.1, a tenth of the rows ' +
    'would have to change to make them equal.',
  of: ['number'],
  threshold: 0.15,
  measure({ bins }) {
    const reference = total(bins.map((bin) => bin.reference));
    const current = total(bins.map((bin) => bin.current));
    if (reference === 0 || current === 0) return { value: null, samplingError: null, p: null };
    const value = ksOf(sharesOf(bins, { reference, current }));
    return { value, samplingError: ksSamplingError(reference, current), p: ksP(value, reference, current) };
  },
};

/**
 * Kolmogorov-Smirnov distance: the largest gap between the two distribution functions, looked at where bins end.
 * Of values in bins it is at most the distance of the values themselves.
 * https://en.wikipedia.org/wiki/Kolmogorov-Smirnov_test#Two-sample_Kolmogorov-Smirnov_test
 */
export function ksOf(bins: readonly Pair[]): number {
  let [gap, largest] = [0, 0];
  for (const { reference, current } of bins) {
    gap += current - reference;
    largest = Math.max(largest, Math.abs(gap));
  }
  return Math.min(1, largest);
}

/** What KS reaches by sampling alone: its quantile for large samples, by the first term of Kolmogorov's series. */
export const ksSamplingError = (reference: number, current: number): number =>
  Math.min(1, QUANTILE * Math.sqrt(1 / reference + 1 / current));

/** The probability of a distance this large by sampling alone, for large samples; too high for values in bins. */
export function ksP(distance: number, reference: number, current: number): number {
  if (reference === 0 || current === 0) return 1;
  return kolmogorovTail(distance * Math.sqrt((reference * current) / (reference + current)));
}

/** 1 less Kolmogorov's distribution function. One of its two series is short wherever the other is long. */
function kolmogorovTail(x: number): number {
  if (x <= 0) return 1;
  let sum = 0;
  if (x < 1) {
    for (let k = 1; k <= 10; k++) sum += Math.exp(-(((2 * k - 1) * Math.PI) ** 2) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  for (let k = 1; k <= 10; k++) sum += (k % 2 === 1 ? 1 : -1) * Math.exp(-2 * (k * x) ** 2);
  return 2 * sum;
}
