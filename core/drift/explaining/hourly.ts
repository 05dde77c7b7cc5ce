import type { Binning } from '../../data/profiles/binning.ts';
import { total, type ColumnProfile, type Profile } from '../../data/profiles/profile.ts';
import { contentId } from '../../base/ids.ts';
import { own } from '../../base/own.ts';
import { groupOfBins } from '../group.ts';
import { HOUR } from '../../time/time.ts';

/** The rows of one hour by group of bins; the last group holds the nulls. */
export interface HourGroups {
  /** When the hour begins, in milliseconds since 1970. */
  hour: number;
  groups: readonly number[];
}

/** By column, the hours that have rows, in order of time. */
export type Hourly = Readonly<Record<string, readonly HourGroups[]>>;

/** By column, rows by group of bins, and then its nulls: small, however many bins there are. */
export type Groups = Record<string, number[]>;

/** A way to group the bins of some columns. */
export interface Grouping {
  /** The same for equal groups. */
  id: string;
  of(profile: Profile): Groups;
}

/** Groups as a check of `reference` compares them. */
export function groupingOf(binning: Binning, reference: Profile, columns: readonly string[]): Grouping {
  const groupings = columns.flatMap((column) => {
    const [bins, before] = [own(binning.columns, column), own(reference.columns, column)];
    return bins && before ? [{ column, groupOf: groupOfBins(bins, before) }] : [];
  });
  return {
    id: contentId({ binning: binning.id, groupings }),
    of: (profile) =>
      Object.fromEntries(
        groupings.flatMap(({ column, groupOf }) => {
          const counted = own(profile.columns, column);
          return counted ? [[column, toGroups(groupOf, counted)]] : [];
        }),
      ),
  };
}

/** Adds up the groups of hours. */
export function createHourly() {
  const counted = new Map<string, Map<number, number[]>>();
  return {
    add(time: number, groups: Groups): void {
      const hour = Math.floor(time / HOUR) * HOUR;
      for (const [column, more] of Object.entries(groups)) {
        const hours = counted.get(column) ?? new Map<number, number[]>();
        counted.set(column, hours);
        hours.set(hour, hours.get(hour)?.map((rows, group) => rows + more[group]!) ?? more);
      }
    },
    all: (): Hourly =>
      Object.fromEntries(
        [...counted].map(([column, hours]) => [
          column,
          [...hours]
            .map(([hour, groups]) => ({ hour, groups }))
            .filter(({ groups }) => total(groups) > 0)
            .sort((a, b) => a.hour - b.hour),
        ]),
      ),
  };
}

/** The rows of a column in these groups, and then its nulls. */
export function toGroups(groupOf: readonly number[], { counts, nulls }: ColumnProfile): number[] {
  const groups = Array.from({ length: Math.max(...groupOf) + 2 }, () => 0);
  groupOf.forEach((group, bin) => (groups[group]! += counts[bin]!));
  groups[groups.length - 1] = nulls;
  return groups;
}

export const addGroups = (all: readonly (readonly number[])[]): number[] =>
  all.reduce<number[]>((sum, groups) => groups.map((rows, group) => rows + (sum[group] ?? 0)), []);
