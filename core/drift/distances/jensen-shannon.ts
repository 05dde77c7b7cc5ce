import { chiSquaredQuantile } from '../gamma.ts';
import { CONFIDENCE, sharesOf, type Distance, type Pair } from './distance.ts';

export const jensenShannon: Distance<'declared'> = {
  title: 'Jensen-Shannon',
  explained: 'is a second opinion on the same groups, from 0 (unmoved) to 1 (nothing in common).',
  of: ['number', 'category'],
  threshold: 'declared',
  measure: ({ groups, rows }) => ({
    value: jensenShannonOf(sharesOf(groups, rows)),
    samplingError: jensenShannonSamplingError(groups.length, rows),
    p: null,
  }),
};

/**
 * Jensen-Shannon distance between the bins' shares: the square root of the divergence in bits, from 0 (the same) to 1
 * (nothing in common). https://en.wikipedia.org/wiki/Jensen-Shannon_divergence
 * jensenShannonOf([{ reference: 1, current: 0 }, { reference: 0, current: 1 }]) // => 1
 */
export function jensenShannonOf(bins: readonly Pair[]): number {
  let divergence = 0;
  for (const { reference, current } of bins) {
    const middle = (reference + current) / 2;
    if (reference > 0) divergence += (reference * Math.log2(reference / middle)) / 2;
    if (current > 0) divergence += (current * Math.log2(current / middle)) / 2;
  }
  return Math.sqrt(Math.max(0, divergence)); // rounding can take equal shares just below zero
}

/** Without drift its square in nats times 8 / (1/n + 1/m) is about chi-squared: near the same shares it is their chi-squared distance / 8. */
export const jensenShannonSamplingError = (groups: number, { reference, current }: Pair): number =>
  Math.sqrt((chiSquaredQuantile(CONFIDENCE, groups - 1) / (8 * Math.LN2)) * (1 / reference + 1 / current));
