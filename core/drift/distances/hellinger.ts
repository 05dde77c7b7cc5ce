import { chiSquaredQuantile } from '../gamma.ts';
import { CONFIDENCE, sharesOf, type Distance, type Pair } from './distance.ts';

export const hellinger: Distance<'declared'> = {
  title: 'Hellinger',
  explained: 'compares the square roots of the same shares, from 0 (unmoved) to 1 (nothing in common).',
  of: ['number', 'category'],
  threshold: 'declared',
  measure: ({ groups, rows }) => ({
    value: hellingerOf(sharesOf(groups, rows)),
    samplingError: hellingerSamplingError(groups.length, rows),
    p: null,
  }),
};

/**
 * Hellinger distance between the groups' shares. https://en.wikipedia.org/wiki/Hellinger_distance
 * hellingerOf([{ reference: 1, current: 0 }, { reference: 0, current: 1 }]) // => 1
 */
export const hellingerOf = (groups: readonly Pair[]): number =>
  Math.sqrt(
    Math.min(
      1,
      groups.reduce((sum, { reference, current }) => sum + (Math.sqrt(reference) - Math.sqrt(current)) ** 2, 0) / 2,
    ),
  );

/** Without drift 8 times its square / (1/n + 1/m) is about chi-squared, as the shares' differences are small. */
export const hellingerSamplingError = (groups: number, { reference, current }: Pair): number =>
  Math.sqrt((chiSquaredQuantile(CONFIDENCE, groups - 1) / 8) * (1 / reference + 1 / current));
