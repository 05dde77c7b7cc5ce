import type { ColumnBins } from '../data/profiles/binning.ts';
import { total, type ColumnProfile } from '../data/profiles/profile.ts';
import type { Pair } from './distances/distance.ts';

/** PSI over more groups reflects the sample's size more than drift: 1,000 rows support about ten. */
const GROUPS = 10;
const MOST_LEVELS = 15;
/** A level with a smaller share of the reference is too rare to be judged alone. */
const RARE = 0.02;
/** Levels that are too rare are judged together while they have no larger share. */
const MOST_OF_REST = 0.1;

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

/** The group of each level's bin, as `levelGroups` names them. */
export const groupLevels = (counts: readonly number[]): number[] => levelGroups(counts).groupOf;

/** Groups of levels' bins: what each is called is stored, and says which levels it holds. */
export interface LevelGroups {
  groupOf: number[];
  names: string[];
}
/** The group of levels that the binning does not know, where it has a group to itself. */
export const UNKNOWN = 'unknown';

/**
 * The reference's most frequent levels stand alone, named by their place. The rest is one group, named by the next place,
 * while it is small. Otherwise much could change within: the levels that the binning does not know are a group, and the
 * rare ones are runs of about a tenth of the rows, the more frequent first.
 */
export function levelGroups(counts: readonly number[]): LevelGroups {
  const rows = total(counts);
  const others = counts.length - 1; // the bin of levels that the binning does not know
  const known = counts
    .map((count, bin) => ({ count, bin }))
    .filter(({ bin }) => bin !== others)
    .sort((a, b) => b.count - a.count || a.bin - b.bin);
  const isFrequent = ({ count }: { count: number }, place: number): boolean => place < MOST_LEVELS && count > 0 && count >= RARE * rows; // prettier-ignore
  const frequent = known.filter(isFrequent);
  const rare = known.slice(frequent.length);
  const groupOf = counts.map(() => frequent.length);
  frequent.forEach(({ bin }, group) => (groupOf[bin] = group));
  const names = frequent.map((_, place) => String(place));
  const ofRare = total(rare.map(({ count }) => count));
  if (ofRare + counts[others]! <= MOST_OF_REST * rows) return { groupOf, names: [...names, String(frequent.length)] };

  const runs = rare.length === 0 ? 0 : Math.max(1, Math.round((GROUPS * ofRare) / rows));
  let before = 0;
  for (const { count, bin } of rare) {
    const middle = ofRare === 0 ? 0 : (before + count / 2) / ofRare;
    before += count;
    groupOf[bin]! += Math.min(runs - 1, Math.floor(runs * middle));
  }
  groupOf[others] = frequent.length + runs;
  return { groupOf, names: [...names, ...Array.from({ length: runs }, (_, run) => `rare ${run}`), UNKNOWN] };
}
