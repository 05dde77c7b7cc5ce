import { own } from '../../base/own.ts';
import type { Contrast } from './contrasts.ts';
import { BORROWED, lineOf } from './line.ts';
import { studentFromNormal } from './quantile.ts';
import {
  effectsOf,
  expectedOfSeason,
  HOURS,
  hoursWithRows,
  meanOf,
  varianceOf,
  type Effects,
  type HourOfWeek,
  type Season,
} from './season.ts';
import { WINDOWS, type Errors, type Past } from './state/state.ts';
import { limitOfSteps } from './steps/limit.ts';
import { wanderOf, type Wander } from './steps/wander.ts';

/**
 * Before that many hours with rows nothing is expected of the next: two days, and more where rows come in few hours of a
 * day.
 */
const FEWEST_HOURS = 20;
const hoursNeededOf = (hoursOfDay: number): number => Math.max(FEWEST_HOURS, 2 * hoursOfDay);
export const hoursNeeded = (season: Season): number => hoursNeededOf(hoursWithRows(season));
/** With fewer looks, tails are hardly known. */
const FEW_LOOKS = 30;
/** Windows of a length that was seen less often do not tell how long means wander. */
const FEWEST_LOOKS = 5;
const FEWEST_DEGREES = 3;
/** At first, as if some hours had been seen whose means wander by a tenth of a deviation. */
const WANDERS = 0.01;
const ROWS_OF_HOUR = 50;
const ROWS_ALIKE = 1.5;
/** Hours of a day with rows. */
const OFTEN = 6;
/** The rows of an hour of which no few can be one customer's. */
export const MANY_ROWS = 30;
/** A mean that forgets half of where it is within an hour takes no steps. */
const STAYS = 0.5;
/** What hours wander by, at least, as a share of what their rows vary by, for steps to be looked for. */
const LEAST_BESIDE_ROWS = 0.1;
/** By a fiftieth of a deviation. */
const LEAST_WANDER = 0.02 ** 2;

/** What the past expects of the next hours of one contrast. */
export interface Model {
  share: boolean;
  /** Of ranks among the reference's rows, from 0 to 1. */
  ranks: boolean;
  season: Effects;
  /** No share is expected to be smaller. */
  floor: number;
  /** The variance of a row. */
  ofRow: number;
  /** A row's variance counts so many times, as rows of an hour are alike. */
  counts: number;
  /** By window: the variance of its mean beyond that, from the wander of hours and days. */
  between: readonly number[];
  /** By window: what is so unusual that it is an alarm. */
  limits: readonly number[];
  /** What limits would be, had errors been known all along and normal. */
  normal: number;
  /** How the mean of an hour does, where that is more than little beside its rows; null: steps are told by the windows alone. */
  wander: Wander | null;
  /** What step is an alarm. */
  stepLimit: number;
  /** Whether rows come in most parts of a day, so another look soon follows one. */
  often: boolean;
  /** Whether rows differed often enough to tell how alike those of an hour are. */
  differed: boolean;
}

/** How many standard errors are an alarm, had they been known all along: where a second hour is waited for, and elsewhere. */
export interface Allowed {
  often: number;
  atOnce: number;
  /** Of steps, by contrast. */
  steps: Readonly<Record<string, number>>;
  /** Of all columns together, upwards alone. */
  together: number;
}

/** null: too little past. */
export function modelOf(
  past: Past,
  { id, of, share }: Pick<Contrast, 'id' | 'of' | 'share'>,
  allowed: Allowed,
): Model | null {
  const { errors, squaredSizes, sizedErrors } = past;
  const hoursOfDay = hoursWithRows(past.season);
  if (past.season.hours < hoursNeededOf(hoursOfDay)) return null;
  // Of a window's hours, those that have rows.
  const rowsIn = hoursOfDay / HOURS;
  const often = hoursOfDay >= OFTEN;
  const normal = often ? allowed.often : allowed.atOnce;
  const spans = WINDOWS.map((hours) => Math.max(1, hours * rowsIn));
  // What never was is expected as often as once more than never.
  const floor = 1 / (2 + past.season.all[0]);
  const mean = Math.min(1 - floor, Math.max(floor, meanOf(past.season)));
  const ofRow = share ? mean * (1 - mean) : Math.max(varianceOf(past.season), 1e-6);

  const prior = { size: ROWS_OF_HOUR / ofRow, error: ROWS_ALIKE + WANDERS * ROWS_OF_HOUR };
  const [first] = errors;
  const { slope, rest: counts } = lineOf({ ...first!, squaredSizes, sizedErrors }, prior);

  const between = [slope];
  for (let w = 1; w < errors.length; w++) {
    const its = errors[w]!;
    const own = its.looks / spans[w]!;
    const found = its.looks === 0 ? 0 : Math.max(0, (its.squares - its.looks * counts) / its.sizes);
    const borrowed = between[w - 1]! * leftOf(between, spans, w);
    between.push((BORROWED * borrowed + own * found) / (BORROWED + own));
  }
  // The means of shorter windows wander at least as far.
  for (let w = errors.length - 2; w >= 0; w--) between[w] = Math.max(between[w]!, between[w + 1]!);
  const lasts = wanderLasts(errors, between, spans);
  const rowsOfHour = past.season.all[0] / past.season.hours;
  const limits: number[] = [];
  let tails = 0;
  for (let w = 0; w < errors.length; w++) {
    const its = errors[w]!;
    const hours = spans[w]!;
    const chance = (counts * ofRow) / (rowsOfHour * hours);
    tails = excessOf(its, its.looks / Math.max(hours, lasts), tails);
    const ofTails = tails > 0 ? 4 + 6 / tails : Infinity;
    const limitOf = (wander: number, of: number): number => {
      const independent = Math.max(1, first!.looks / Math.max(of, lasts));
      // Satterthwaite: rows are many, and what wanders has been seen few times.
      const degrees = (chance + wander) ** 2 / (chance ** 2 / Math.max(1, first!.looks) + wander ** 2 / independent);
      return studentFromNormal(normal, Math.max(FEWEST_DEGREES, Math.min(degrees, ofTails)));
    };
    limits.push(limitOf(between[w]!, hours));
    if (w === 0) continue;
    // A longer window's mean wanders less than a shorter one's, of which more were seen.
    const borrowed = limitOf(between[w - 1]!, spans[w - 1]!);
    if (limits[w]! ** 2 * (chance + between[w]!) <= borrowed ** 2 * (chance + between[w - 1]!)) continue;
    between[w] = between[w - 1]!;
    limits[w] = borrowed;
  }
  const season = effectsOf(past.season, { ofRow: counts * ofRow, ofHour: between[0]!, ofDay: between[3]! }, hoursOfDay);
  // No quiet past proves that means stand still.
  const wander = between.map((its) => Math.max(its, LEAST_WANDER * ofRow));
  const ofStep = own(allowed.steps, id);
  // Where no second hour is waited for, one hour's rows alone would be a step.
  const hourly = ofStep !== undefined && often ? wanderOf(past, { size: prior.size / 2, error: ROWS_ALIKE }) : null;
  const wanders =
    hourly && hourly.keeps > STAYS && hourly.variance * rowsOfHour > LEAST_BESIDE_ROWS * hourly.alike * ofRow;
  const raised = limits.map((limit, w) => Math.max(limit, errors[w]!.most));
  return {
    share,
    ranks: of === 'location',
    floor,
    season,
    ofRow,
    counts,
    between: wander,
    limits: raised,
    normal,
    wander: wanders ? hourly : null,
    stepLimit: limitOfSteps(past.moves, ofStep ?? Infinity),
    often,
    differed: past.season.all[0] * ofRow >= MANY_ROWS,
  };
}

/**
 * What is left of a window's wander in the next longer one, if a mean forgets at a steady pace: the pace by which the shorter
 * windows differ.
 */
function leftOf(between: readonly number[], spans: readonly number[], w: number): number {
  const left = between[w - 1]! / between[0]!;
  if (w === 1 || !(left < 1)) return 1;
  // A mean over `span` hours keeps forgets / (forgets + span / 2) of what wanders.
  const forgets = Math.max(0, (left * spans[w - 1]! - spans[0]!) / (1 - left) / 2);
  return (forgets + spans[w - 1]! / 2) / (forgets + spans[w]! / 2);
}

/** For how many hours a mean stays where it wandered to, by how much less the means of longer windows wander. */
function wanderLasts(errors: readonly Errors[], between: readonly number[], spans: readonly number[]): number {
  let most = 1;
  for (let w = 1; w < errors.length; w++)
    if (errors[w]!.looks / spans[w]! >= FEWEST_LOOKS && between[0]! > 0)
      most = Math.max(most, (spans[w]! * between[w]!) / between[0]!);
  return most;
}

/**
 * The excess kurtosis of errors, which gives Student's t its degrees: tails as long as theirs, less what chance may show.
 * Errors that are smaller than is allowed for have none. Of few looks, the next shorter window's is as good a guess.
 */
function excessOf({ looks, second, fourth }: Errors, independent: number, ofShorter: number): number {
  if (looks === 0) return ofShorter;
  const own = fourth / looks / Math.max(1, second / looks) ** 2 - 3 - Math.sqrt(24 / independent);
  return (Math.max(0, own) * independent + ofShorter * FEW_LOOKS) / (independent + FEW_LOOKS);
}

/** A model that expects these means of the hours of each day. */
export function withMeans(model: Model, byHour: readonly number[]): Model {
  const within = (mean: number): number =>
    model.share ? Math.min(1 - model.floor, Math.max(model.floor, mean)) : mean;
  const mean = within(byHour.reduce((sum, its) => sum + its) / byHour.length);
  const none = byHour.map(() => 0);
  return {
    ...model,
    season: { mean, hours: byHour.map((its) => its - mean), days: none, ofWeekends: none, ofOthers: none },
    ofRow: model.share ? mean * (1 - mean) : model.ofRow,
  };
}

/** What is expected of the mean of an hour. */
export function expectedOf({ share, floor, season }: Model, at: HourOfWeek): number {
  const expected = expectedOfSeason(season, at);
  return share ? Math.min(1 - floor, Math.max(floor, expected)) : expected;
}
