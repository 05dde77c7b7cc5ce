import type { ColumnBins } from '../data/profiles/binning.ts';
import { total, type ColumnProfile } from '../data/profiles/profile.ts';
import type { Pair } from './distances/distance.ts';

/** PSI over more groups reflects the sample's size more than drift: 1,000 rows support about ten. */
const GROUPS = 10;
const MOST_LEVELS = 15;
/** A level with a smaller share of the reference is too rare to be judged alone. */
const RARE = 0.02;

/**
 * The counts of reference and current rows in about ten groups of bins. The reference decides the groups, never the two
 * pooled: pooling hides a shift in the tails. Nulls are a group, so a source that stops filling a column shows.
 */
export function groupCounts(bins: ColumnBins, reference: ColumnProfile, current: ColumnProfile): Pair[] {
  const groupOf = groupOfBins(bins, reference);
  const groups: Pair[] = Array.from({ length: Math.max(...groupOf) + 1 }, () => ({ reference: 0, current: 0 }));
  groupOf.forEach((group, bin) => {
    groups[group]!.reference += reference.counts[bin]!;
    groups[group]!.current += current.counts[bin]!;
  });
  groups.push({ reference: reference.nulls, current: current.nulls });
  return groups.filter((group) => group.reference + group.current > 0);
}

/** The group of each bin. */
export const groupOfBins = (bins: ColumnBins, { counts }: ColumnProfile): number[] =>
  bins.kind === 'number' ? groupNumbers(counts) : groupLevels(counts);

/**
 * The group of each bin: neighbours join until they hold a tenth. Values below or above everything in the reference
 * form their own group, so a few values where there were none show.
 */
export function groupNumbers(counts: readonly number[]): number[] {
  const rows = total(counts);
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  let before = 0;
  return counts.map((count, bin) => {
    if (bin < first) return 0;
    if (bin > last || rows === 0) return GROUPS + 1;
    const middle = (before + count / 2) / rows;
    before += count;
    return 1 + Math.min(GROUPS - 1, Math.floor(GROUPS * middle));
  });
}

/** The group of each level's bin: the reference's most frequent levels stand alone, and the rare ones are one group. */
export function groupLevels(counts: readonly number[]): number[] {
  const rows = total(counts);
  const others = counts.length - 1; // the bin of levels that the binning does not know
  const frequent = counts
    .map((count, bin) => ({ count, bin }))
    .filter(({ count, bin }) => bin !== others && count > 0 && count >= RARE * rows)
    .sort((a, b) => b.count - a.count || a.bin - b.bin)
    .slice(0, MOST_LEVELS);
  const groupOf = counts.map(() => frequent.length);
  frequent.forEach(({ bin }, group) => (groupOf[bin] = group));
  return groupOf;
}
