import type { Binning } from '../../data/profiles/binning.ts';
import { total, type ColumnProfile, type Profile } from '../../data/profiles/profile.ts';
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

/** Adds up profiles of hours as the groups that a check of `reference` compares: small, however many bins there are. */
export function createHourly(binning: Binning, reference: Profile, columns: readonly string[]) {
  const groupings = columns.flatMap((column) => {
    const [bins, before] = [own(binning.columns, column), own(reference.columns, column)];
    return bins && before ? [{ column, groupOf: groupOfBins(bins, before) }] : [];
  });
  const counted = new Map<string, Map<number, number[]>>(groupings.map(({ column }) => [column, new Map()]));
  return {
    add(time: number, profile: Profile): void {
      const hour = Math.floor(time / HOUR) * HOUR;
      for (const { column, groupOf } of groupings) {
        const more = own(profile.columns, column);
        if (!more) continue;
        const hours = counted.get(column)!;
        const groups = toGroups(groupOf, more);
        hours.set(hour, hours.get(hour)?.map((rows, group) => rows + groups[group]!) ?? groups);
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

/** The rows of a profile in the same groups. */
export const inGroups = (binning: Binning, profile: Profile): Record<string, number[]> =>
  Object.fromEntries(
    Object.entries(profile.columns).map(([column, counted]) => [
      column,
      toGroups(groupOfBins(binning.columns[column]!, counted), counted),
    ]),
  );

/** The rows of a column in these groups, and then its nulls. */
export function toGroups(groupOf: readonly number[], { counts, nulls }: ColumnProfile): number[] {
  const groups = Array.from({ length: Math.max(...groupOf) + 2 }, () => 0);
  groupOf.forEach((group, bin) => (groups[group]! += counts[bin]!));
  groups[groups.length - 1] = nulls;
  return groups;
}

export const addGroups = (all: readonly (readonly number[])[]): number[] =>
  all.reduce<number[]>((sum, groups) => groups.map((rows, group) => rows + (sum[group] ?? 0)), []);
