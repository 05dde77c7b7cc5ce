import { binsFor, isSampled, type Columns } from '../../columns/index.ts';
import { own } from '../../base/own.ts';
import { total, type ColumnProfile, type Profile } from './profile.ts';

/** By column, how many rows have each level, the most frequent first. */
export type LevelsByColumn = Readonly<Record<string, { level: string; rows: number }[]>>;

/** The share of a number column's values in its two end bins, which are unbounded and so hide changes within them. */
export function endBinShare(column: ColumnProfile): number {
  const values = total(column.counts);
  if (values === 0) return 0;
  const last = column.counts.length - 1;
  return (column.counts[0]! + (last > 0 ? column.counts[last]! : 0)) / values;
}

/** Beyond this share in its end bins a column has outgrown its bins. Fresh bins have about 1/32 there. */
const MOST_IN_END_BINS = 0.05;
/** And one of levels when new bins would name those of so many more rows: each re-binning costs the counts of requests. */
const MOST_UNNAMED = 0.1;

/**
 * The columns that require re-binning. Only bins made from a sample, or from its levels, can be outgrown.
 * @param levels those of the same rows, of the columns that may have outgrown their bins
 */
export const outgrownColumns = (profile: Profile, columns: Columns, levels: LevelsByColumn): string[] =>
  Object.entries(columns)
    .filter(([name, declared]) => {
      const counted = own(profile.columns, name);
      if (counted === undefined) return false;
      if (isSampled(declared)) return endBinShare(counted) > MOST_IN_END_BINS;
      const found = own(levels, name);
      const bins = found && binsFor(declared, { sample: new Float64Array(), levels: found });
      if (bins?.kind !== 'category') return false;
      const named = total(found!.filter(({ level }) => bins.levels.includes(level)).map(({ rows }) => rows));
      return unnamedShare(counted) - (1 - named / total(counted.counts)) > MOST_UNNAMED;
    })
    .map(([name]) => name);

/** The columns of levels many of whose rows are in no bin of their own: whether new bins help, only their levels tell. */
export const perhapsOutgrown = (profile: Profile, columns: Columns): Columns =>
  Object.fromEntries(
    Object.entries(columns).filter(([name]) => {
      const counted = own(profile.columns, name);
      return counted !== undefined && isOfLevels(counted) && unnamedShare(counted) > MOST_UNNAMED;
    }),
  );

const isOfLevels = ({ sums }: ColumnProfile): boolean => sums.length === 0;
const unnamedShare = ({ counts }: ColumnProfile): number => (counts.at(-1) ?? 0) / Math.max(1, total(counts));
