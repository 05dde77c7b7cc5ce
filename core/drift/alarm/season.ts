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
  /** What the hour of the day does not explain. */
  byDay: Cell[];
}

/** The variance of a row, and by how much it counts beside others of its hour; of the means of hours, and of days. */
export interface Noise {
  ofRow: number;
  ofHour: number;
  ofDay: number;
}

const HOURS = 24;
const DAYS = 7;
/** What is as old as this counts half. */
const HALF_LIFE_HOURS = 42 * HOURS;
const FADES = 0.5 ** (1 / HALF_LIFE_HOURS);

export const emptySeason = (): Season => ({
  all: [0, 0, 0],
  hours: 0,
  byHour: Array.from({ length: HOURS }, (): Cell => [0, 0]),
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

export function addHour(season: Season, { hour, day }: HourOfWeek, { rows, sum, squares }: Sums): void {
  fade(season.byHour);
  fade(season.byDay);
  const { all } = season;
  all[0] = all[0] * FADES + rows;
  all[1] = all[1] * FADES + sum;
  all[2] = all[2] * FADES + squares;
  season.hours = season.hours * FADES + (rows > 0 ? 1 : 0);
  season.byHour[hour]![0] += rows;
  season.byHour[hour]![1] += sum;
  const [of, its] = season.byHour[hour]!;
  season.byDay[day]![0] += rows;
  season.byDay[day]![1] += of > 0 ? sum - (rows * its) / of : 0;
}

function fade(cells: readonly Cell[]): void {
  for (const cell of cells) {
    cell[0] *= FADES;
    cell[1] *= FADES;
  }
}

export const meanOf = ({ all }: Season): number => all[1] / all[0];
export const varianceOf = ({ all }: Season): number => Math.max(0, all[2] / all[0] - (all[1] / all[0]) ** 2);

/** What hours and days of the week differ from the mean by. */
export interface Effects {
  mean: number;
  hours: readonly number[];
  days: readonly number[];
}

/**
 * A season counts as far as the data show one: what hours or days differ by, less what they would by chance (empirical
 * Bayes).
 */
export function effectsOf(season: Season, noise: Noise): Effects {
  const mean = meanOf(season);
  const days = Math.max(1, season.hours / HOURS);
  return {
    mean,
    hours: shown(season.byHour, mean, noise.ofRow, noise.ofHour / days),
    days: shown(season.byDay, 0, noise.ofRow, noise.ofDay / Math.max(1, days / DAYS)),
  };
}

function shown(cells: readonly Cell[], mean: number, ofRow: number, beyond: number): number[] {
  let [differ, chance] = [0, 0];
  const effects: number[] = [];
  for (const [rows, sum] of cells) {
    const effect = rows > 0 ? sum / rows - mean : 0;
    effects.push(effect);
    if (rows <= 0) continue;
    differ += effect * effect;
    chance += ofRow / rows + beyond;
  }
  const share = differ > 0 ? Math.max(0, 1 - chance / differ) : 0;
  return effects.map((effect) => effect * share);
}
