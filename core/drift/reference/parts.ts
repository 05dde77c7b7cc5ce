import type { Partition } from '../../data/data.ts';
import type { Binning } from '../../data/profiles/binning.ts';
import { addProfiles, emptyProfile, scaledColumn, type Profile } from '../../data/profiles/profile.ts';
import { HOUR } from '../../time/time.ts';
import { hourOfWeek } from '../alarm/season.ts';

/** Parts of a week, in UTC: each hour of the day, first those of working days, then those of weekends. */
export const PARTS = 48;
const HOURS = 24;

/** Days of the week in UTC, from Sunday. */
export type Weekend = readonly number[];
/** Where people rest on Saturday and Sunday, on Friday and Saturday, and on Thursday and Friday. */
export const weekends: readonly [Weekend, ...Weekend[]] = [
  [6, 0],
  [5, 6],
  [4, 5],
];
const [USUAL] = weekends;

export function partOf(time: number, weekend = USUAL): number {
  const { hour, day } = hourOfWeek(time);
  return hour + (weekend.includes(day) ? HOURS : 0);
}
export const hourOfPart = (part: number): number => part % HOURS;
export const isOfWeekend = (part: number): boolean => part >= HOURS;

/** How many hours of each part a stretch holds. */
export function hoursByPart({ from, to }: Partition, weekend = USUAL): number[] {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const hours = Array.from({ length: PARTS }, () => 0);
  for (let hour = Math.floor(start / HOUR) * HOUR; hour < end; hour += HOUR)
    hours[partOf(hour, weekend)]! += (Math.min(end, hour + HOUR) - Math.max(start, hour)) / HOUR;
  return hours;
}

/** The hours of the day that a stretch holds, in its order. */
export function hoursOfDay({ from, to }: Partition): number[] {
  const hours = new Set<number>();
  for (let hour = Math.floor(Date.parse(from) / HOUR) * HOUR; hour < Date.parse(to); hour += HOUR)
    hours.add(hourOfWeek(hour).hour);
  return [...hours];
}

/** The sum of profiles, each by its weight; its rows are as many as equally weighted ones of that precision (Kish). */
export function weightedSum(profiles: readonly Profile[], weights: readonly number[], binning: Binning): Profile {
  let [rows, squares] = [0, 0];
  profiles.forEach((profile, i) => {
    rows += weights[i]! * profile.rows;
    squares += weights[i]! ** 2 * profile.rows;
  });
  const scale = squares > 0 ? rows / squares : 0;
  const sum = profiles.reduce(
    (before, profile, i) => (weights[i]! > 0 ? addProfiles(before, scaled(profile, weights[i]! * scale)) : before),
    emptyProfile(binning),
  );
  return { ...sum, rows: Math.round(sum.rows) };
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;
/** Keeps as many rows of each part as its weight is of the largest, evenly spread over their order. */
export function createThinner(weights: readonly number[], weekend = USUAL): (time: number) => boolean {
  const most = Math.max(...weights);
  let place = 0;
  return (time) => (place = (place + GOLDEN) % 1) * most < weights[partOf(time, weekend)]!;
}

function scaled(profile: Profile, by: number): Profile {
  if (by === 1) return profile;
  const columns = Object.entries(profile.columns).map(([name, column]) => [name, scaledColumn(column, by)] as const);
  return { ...profile, rows: profile.rows * by, columns: Object.fromEntries(columns) };
}
