import { total } from '../../data/profiles/profile.ts';
import type { Distance, Pair } from './distance.ts';

export const newLevels: Distance<'declared'> = {
  title: 'New levels',
  explained: 'is the share of rows with levels that the reference does not have.',
  of: ['category'],
  threshold: 'declared',
  measure({ rows, bins }) {
    const unseen = bins.filter(({ reference }) => reference === 0);
    return {
      value: total(unseen.map(({ current }) => current)) / rows.current,
      samplingError: unseenShare(bins, rows),
      p: null,
    };
  },
};

/**
 * What levels that exist, but that the reference happens to lack, have of the rows: Good's estimate by how many levels
 * it has once, and what is to be added for chance. Good, "The population frequencies of species and the estimation of
 * population parameters", 1953: https://doi.org/10.1093/biomet/40.3-4.237
 */
export function unseenShare(levels: readonly Pair[], rows: Pair): number {
  const once = levels.filter(({ reference }) => reference === 1).length;
  // Without a single one, in 95 of 100 samples what is unseen has less than 3 / n of the rows.
  const most = Math.min(1, (once + 1.645 * Math.sqrt(once) + 3) / rows.reference);
  return Math.min(1, most + 1.645 * Math.sqrt((most * (1 - most)) / rows.current));
}
