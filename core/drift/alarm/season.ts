import { HOUR } from '../../time/time.ts';
import type { Sums } from './contrasts.ts';

/** Of how many rows, and their sum. Both fade. */
type Cell = [rows: number, sum: number];

/** What one contrast usually is: its mean, by the hour of the day and by the day of the week. All of it fades. */
export interface Season {
  all: [rows: number, sum: number, squares: number];
  /** Hours with rows. */
  hours: number;
  byHour: Cell[];
  /** Those of `byHour` that are of weekends; absent in states of earlier releases, which did not tell them apart. */
  ofWeekends?: Cell[];
  /** What the hours of such days do not explain. */
  byDay: Cell[];
}

/** The variance of a row, and by how much it counts beside others of its hour; of the means of hours, and of days. */
export interface Noise {
  ofRow: number;
  ofHour: number;
  ofDay: number;
}

export const HOURS = 24;
const DAYS = 7;
/** What is as old as this counts half. */
const HALF_LIFE_HOURS = 42 * HOURS;
const FADES = 0.5 ** (1 / HALF_LIFE_HOURS);

export const emptySeason = (): Season => ({
  all: [0, 0, 0],
  hours: 0,
  byHour: Array.from({ length: HOURS }, (): Cell => [0, 0]),
  ofWeekends: Array.from({ length: HOURS }, (): Cell => [0, 0]),
  byDay: Array.from({ length: DAYS }, (): Cell => [0, 0]),
});

export interface HourOfWeek {
  hour: number;
  day: number;
}
/** In UTC; days count from Sunday. */
export const hourOfWeek = (time: number): HourOfWeek => {
  const hours = Math.floor(time / HOUR);
  // 1970 began on a Thursday.
  return { hour: hours % HOURS, day: (Math.floor(hours / HOURS) + 4) % DAYS };
};

export const isWeekend = (day: number): boolean => day === 0 || day === 6;
const WEEKEND = 2 / DAYS;

export function addHour(season: Season, { hour, day }: HourOfWeek, { rows, sum, squares }: Sums): void {
  const ofWeekends = weekendsOf(season);
  fade(season.byHour);
  fade(ofWeekends);
  fade(season.byDay);
  const { all } = season;
  all[0] = all[0] * FADES + rows;
  all[1] = all[1] * FADES + sum;
  all[2] = all[2] * FADES + squares;
  season.hours = season.hours * FADES + (rows > 0 ? 1 : 0);
  const cell = season.byHour[hour]!;
  cell[0] += rows;
  cell[1] += sum;
  const its = ofWeekends[hour]!;
  if (isWeekend(day)) {
    its[0] += rows;
    its[1] += sum;
  }
  const [of, like] = isWeekend(day) ? its : less(cell, its);
  season.byDay[day]![0] += rows;
  season.byDay[day]![1] += of > 0 ? sum - (rows * like) / of : 0;
}

/** Those of a state of an earlier release are as if all days had been alike. */
export const weekendsOf = (season: Season): Cell[] =>
  (season.ofWeekends ??= season.byHour.map(([of, its]): Cell => [of * WEEKEND, its * WEEKEND]));

const less = ([rows, sum]: Cell, [others, their]: Cell): Cell => [rows - others, sum - their];

function fade(cells: readonly Cell[]): void {
  for (const cell of cells) {
    cell[0] *= FADES;
    cell[1] *= FADES;
  }
}

/** Hours of the day with less than this share of the fullest one's rows are as good as empty. */
const EMPTY = 1e-3;
/** In how many hours of the day rows come: 1 where they are all of midnight. */
export function hoursWithRows({ byHour }: Season): number {
  let [most, hours] = [0, 0];
  for (const [rows] of byHour) if (rows > most) most = rows;
  for (const [rows] of byHour) if (rows > EMPTY * most) hours++;
  return hours;
}

export const meanOf = ({ all }: Season): number => all[1] / all[0];
export const varianceOf = ({ all }: Season): number => Math.max(0, all[2] / all[0] - (all[1] / all[0]) ** 2);

/** What hours and days of the week differ from the mean by. */
export interface Effects {
  mean: number;
  hours: readonly number[];
  days: readonly number[];
  /** What the hours of weekends, and of other days, differ by. */
  ofWeekends: readonly number[];
  ofOthers: readonly number[];
}

/**
 * A season counts as far as the data show one: what hours or days differ by, less what they would by chance (empirical
 * Bayes).
 * @param hoursOfDay in how many of them rows come
 */
export function effectsOf(season: Season, noise: Noise, hoursOfDay: number): Effects {
  const mean = meanOf(season);
  const days = Math.max(1, season.hours / hoursOfDay);
  return {
    mean,
    hours: shown(differences(season.byHour, mean), noise.ofRow, noise.ofHour / days),
    days: shown(differences(season.byDay, 0), noise.ofRow, noise.ofDay / Math.max(1, days / DAYS)),
    ...ofKinds(season, noise, days),
  };
}

export const expectedOfSeason = (its: Effects, { hour, day }: HourOfWeek): number =>
  its.mean + its.hours[hour]! + its.days[day]! + (isWeekend(day) ? its.ofWeekends : its.ofOthers)[hour]!;

/** By how much weekends differ from other days: in the mean, and by the hour beyond that. */
function ofKinds(season: Season, noise: Noise, days: number): Pick<Effects, 'ofWeekends' | 'ofOthers'> {
  const { byHour } = season;
  const ofWeekends = weekendsOf(season);
  const found = byHour.map((cell, hour): Difference => {
    const [[ofThese, these], [ofThose, those]] = [ofWeekends[hour]!, less(cell, ofWeekends[hour]!)];
    if (ofThese <= 0 || ofThose <= 0) return { rows: 0, by: 0 };
    return { rows: 1 / (1 / ofThese + 1 / ofThose), by: these / ofThese - those / ofThose };
  });
  const rows = found.reduce((sum, its) => sum + its.rows, 0);
  const mean = found.reduce((sum, its) => sum + its.rows * its.by, 0) / Math.max(rows, 1e-9);
  const seen = Math.max(1, days * WEEKEND) * (1 - WEEKEND);
  const [middle] = shown([{ rows, by: mean }], noise.ofRow, noise.ofDay / seen);
  const beyond = found.map((its) => ({ rows: its.rows, by: its.rows > 0 ? its.by - mean : 0 }));
  const apart = shown(beyond, noise.ofRow, noise.ofHour / seen).map((by) => middle! + by);
  const shares = byHour.map(([rows], hour) => (rows > 0 ? ofWeekends[hour]![0] / rows : WEEKEND));
  return {
    ofWeekends: apart.map((by, hour) => by * (1 - shares[hour]!)),
    ofOthers: apart.map((by, hour) => -by * shares[hour]!),
  };
}

/** Of how many rows, and by how much their mean differs. */
interface Difference {
  rows: number;
  by: number;
}
const differences = (cells: readonly Cell[], mean: number): Difference[] =>
  cells.map(([rows, sum]) => ({ rows, by: rows > 0 ? sum / rows - mean : 0 }));

function shown(found: readonly Difference[], ofRow: number, beyond: number): number[] {
  let [differ, chance] = [0, 0];
  for (const { rows, by } of found) {
    if (rows <= 0) continue;
    differ += by * by;
    chance += ofRow / rows + beyond;
  }
  const share = differ > 0 ? Math.max(0, 1 - chance / differ) : 0;
  return found.map(({ by }) => by * share);
}
