import { total } from '../../data/profiles/profile.ts';
import type { Distance, Pair } from './distance.ts';

/** Below this lie 95 of 100 values of a normal distribution. */
const ONE_SIDED = 1.645;

/** Where levels without a bin have a larger share of the reference, new ones may take their place and not show. */
const MOST_UNKNOWN = 0.05;

export const newLevels: Distance<'declared'> = {
  title: 'New levels',
  explained:
    'is the share of rows with levels that the reference does not have; it is left out where more than 5 % of the ' +
    "reference's rows have levels without a bin.",
  of: ['category'],
  threshold: 'declared',
  measure({ rows, bins }) {
    const unknown = bins.at(-1)!;
    const [before, now] = [unknown.reference / rows.reference, unknown.current / rows.current];
    if (before > MOST_UNKNOWN) return { value: null, samplingError: null, p: null };
    const unseen = bins.filter(({ reference }) => reference === 0);
    const chance = Math.sqrt(before * (1 - before) * (1 / rows.reference + 1 / rows.current));
    return {
      // What levels without a bin have more than before is new.
      value: total(unseen.map(({ current }) => current)) / rows.current + (before > 0 ? Math.max(0, now - before) : 0),
      samplingError: Math.min(1, unseenShare(bins, rows) + ONE_SIDED * chance),
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
  const most = Math.min(1, (once + ONE_SIDED * Math.sqrt(once) + 3) / rows.reference);
  return Math.min(1, most + ONE_SIDED * Math.sqrt((most * (1 - most)) / rows.current));
}
