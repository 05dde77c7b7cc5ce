import type { Distance, Pair } from './distance.ts';
import { chiSquaredTail } from '../gamma.ts';

export const chiSquared: Distance<null> = {
  title: 'Chi-squared',
  explained: 'tests the same groups: its p-value is the probability that sampling alone gives such counts.',
  of: ['number', 'category'],
  threshold: null,
  measure: ({ groups }) => ({ value: null, samplingError: null, p: chiSquaredOf(groups).p }),
};

/**
 * Pearson's test that two sets of rows fall into groups alike, from the groups' counts. Empty groups are ignored.
 * https://en.wikipedia.org/wiki/Chi-squared_test
 */
export function chiSquaredOf(groups: readonly Pair[]): { statistic: number; degrees: number; p: number } {
  const filled = groups.filter(({ reference, current }) => reference + current > 0);
  const references = filled.reduce((sum, { reference }) => sum + reference, 0);
  const currents = filled.reduce((sum, { current }) => sum + current, 0);
  if (filled.length < 2 || references === 0 || currents === 0) return { statistic: 0, degrees: 0, p: 1 };

  let statistic = 0;
  for (const { reference, current } of filled) {
    const share = (reference + current) / (references + currents);
    statistic += (reference - references * share) ** 2 / (references * share);
    statistic += (current - currents * share) ** 2 / (currents * share);
  }
  const degrees = filled.length - 1;
  return { statistic, degrees, p: chiSquaredTail(statistic, degrees) };
}
