import { CONFIDENCE, sharesOf, type Distance, type Pair } from './distance.ts';
import { chiSquaredQuantile } from '../gamma.ts';

const SMALLEST_SHARE = 1e-4; // an empty bin would make the logarithm infinite
/** Nor is it emptier than so many rows tell: of twenty, few can be in each of ten bins. */
const ROWS_OF_EMPTY = 0.5;

export const psi: Distance<number> = {
  title: 'PSI',
  explained:
    'adds up how far the shares of about ten groups moved (population stability index). 0 is unmoved; by convention 0.1 ' +
    'is slight and 0.25 large.',
  of: ['number', 'category'],
  threshold: 0.2,
  most: Infinity,
  measure: ({ groups, rows }) => ({
    value: psiOf(sharesOf(groups, rows), rows),
    samplingError: psiSamplingError(groups.length, rows.reference, rows.current),
    p: null,
  }),
};

/**
 * Population stability index: how far the bins' shares moved. 0 is unmoved; by convention 0.1 is slight, 0.25 large.
 * https://en.wikipedia.org/wiki/Kullback-Leibler_divergence#Symmetrised_divergence
 * psiOf([{ reference: 0.5, current: 0.6 }, { reference: 0.5, current: 0.4 }], rows) // => 0.0405
 * @param rows of how many these are shares
 */
export function psiOf(bins: readonly Pair[], rows: Pair): number {
  let total = 0;
  for (const { reference, current } of bins) {
    const before = leastShare(reference, rows.reference, current);
    const after = leastShare(current, rows.current, reference);
    total += (after - before) * Math.log(after / before);
  }
  return total;
}

/** An empty bin's share, as far as so many rows tell: half a row's, if the other side has as much. */
const leastShare = (share: number, rows: number, other: number): number =>
  Math.max(share, SMALLEST_SHARE, Math.min(ROWS_OF_EMPTY / rows, other));

/**
 * What PSI reaches by sampling alone: without drift, PSI / (1/n + 1/m) is about chi-squared with one degree less than
 * there are groups. Yurdakul and Naranjo, "Statistical properties of the population stability index", 2020.
 */
export const psiSamplingError = (groups: number, reference: number, current: number): number =>
  chiSquaredQuantile(CONFIDENCE, groups - 1) * (1 / reference + 1 / current);
