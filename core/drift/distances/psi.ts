import { CONFIDENCE, sharesOf, type Distance, type Pair } from './distance.ts';
import { chiSquaredQuantile } from '../gamma.ts';

const SMALLEST_SHARE = 1e-4; // an empty bin would make the logarithm infinite

export const psi: Distance<number> = {
  title: 'PSI',
  explained:
    'adds up how far the shares of about ten groups moved (population stability index). 0 is unmoved; by convention 0.1 ' +
    'is slight and 0.25 large.',
  of: ['number', 'category'],
  threshold: 0.2,
  measure: ({ groups, rows }) => ({
    value: psiOf(sharesOf(groups, rows)),
    samplingError: psiSamplingError(groups.length, rows.reference, rows.current),
    p: null,
  }),
};

/**
 * Population stability index: how far the bins' shares moved. 0 is unmoved; by convention 0.1 is slight, 0.25 large.
 * https://en.wikipedia.org/wiki/Kullback-Leibler_divergence#Symmetrised_divergence
 * psiOf([{ reference: 0.5, current: 0.6 }, { reference: 0.5, current: 0.4 }]) // => 0.0405
 */
export function psiOf(bins: readonly Pair[]): number {
  let total = 0;
  for (const bin of bins) {
    const before = Math.max(bin.reference, SMALLEST_SHARE);
    const after = Math.max(bin.current, SMALLEST_SHARE);
    total += (after - before) * Math.log(after / before);
  }
  return total;
}

/**
 * What PSI reaches by sampling alone: without drift, PSI / (1/n + 1/m) is about chi-squared with one degree less than
 * there are groups. Yurdakul and Naranjo, "Statistical properties of the population stability index", 2020.
 */
export const psiSamplingError = (groups: number, reference: number, current: number): number =>
  chiSquaredQuantile(CONFIDENCE, groups - 1) * (1 / reference + 1 / current);
