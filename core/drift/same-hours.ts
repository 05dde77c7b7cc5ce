import type { Binning } from '../data/profiles/binning.ts';
import type { Partition } from '../data/data.ts';
import { addProfiles, emptyProfile, type ColumnProfile, type Profile } from '../data/profiles/profile.ts';
import { DAY, HOUR } from '../time/time.ts';

/** An hour of the day in UTC, and how much of it a window holds, from just above 0 to 1. */
export interface HourShare {
  hour: number;
  share: number;
}

/**
 * The hours of the day that a window holds, in the order of the window; null for one of a day or more, which covers the
 * rhythm of the day. hoursIn({ from: '...T22:30:00Z', to: '...T01:00:00Z' }) // => 22 by half, 23 and 0 whole
 */
export function hoursIn({ from, to }: Partition): HourShare[] | null {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  if (end - start >= DAY) return null;
  const hours = new Map<number, number>();
  for (let hour = Math.floor(start / HOUR) * HOUR; hour < end; hour += HOUR) {
    const covered = Math.min(end, hour + HOUR) - Math.max(start, hour);
    // A window of nearly a day that begins within an hour ends within the same hour.
    const ofDay = new Date(hour).getUTCHours();
    hours.set(ofDay, (hours.get(ofDay) ?? 0) + covered / HOUR);
  }
  return [...hours].map(([hour, share]) => ({ hour, share }));
}

/** The sum of 24 hourly profiles over these hours, each weighted by how much of the hour the window covers. */
export function ofSameHours(byHour: readonly Profile[], hours: readonly HourShare[], binning: Binning): Profile {
  const sum = hours.map(({ hour, share }) => scaled(byHour[hour]!, share)).reduce(addProfiles, emptyProfile(binning));
  return { ...sum, rows: Math.round(sum.rows) };
}

function scaled(profile: Profile, share: number): Profile {
  if (share === 1) return profile;
  const times = (values: number[]): number[] => values.map((value) => value * share);
  const columns = Object.entries(profile.columns).map(([name, column]): [string, ColumnProfile] => [
    name,
    {
      counts: times(column.counts),
      sums: times(column.sums),
      squares: times(column.squares),
      nulls: column.nulls * share,
    },
  ]);
  return { ...profile, rows: profile.rows * share, columns: Object.fromEntries(columns) };
}
