import type { Pair } from './psi.ts';

/**
 * Kolmogorov-Smirnov distance: the largest gap between the two distribution functions, looked at where bins end.
 * Of values in bins it is at most the distance of the values themselves.
 * https://en.wikipedia.org/wiki/Kolmogorov-Smirnov_test#Two-sample_Kolmogorov-Smirnov_test
 */
export function ks(bins: readonly Pair[]): number {
  let [gap, largest] = [0, 0];
  for (const { reference, current } of bins) {
    gap += current - reference;
    largest = Math.max(largest, Math.abs(gap));
  }
  return Math.min(1, largest);
}

/** How probable a distance this large is by sampling alone, for large samples; too large a figure for values in bins. */
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
