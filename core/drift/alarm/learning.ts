import { HOUR } from '../../time/time.ts';
import type { HourSums } from './alarm.ts';
import { canStep, placesByColumn, type Contrast, type Sums } from './contrasts.ts';
import { addRows, errorsOf, looksOf, mostOfSteps, unusualHours, unusualOf, type Look } from './judge-hour.ts';
import { addToLine } from './line.ts';
import { modelOf, withMeans, type Allowed, type Model } from './model.ts';
import { addHour, emptySeason, hourOfWeek, type Season } from './season.ts';
import { sumsAt } from './spread.ts';
import { unusual, YOUNG_HOURS } from './steps/steps.ts';
import { learnTogether } from './together.ts';
import {
  emptyContrast,
  noMoves,
  type AlarmState,
  type ContrastState,
  type Now,
  type Past,
  type Window,
} from './state.ts';

/** One look counts at most so many times the variance: a single incident must not make the past look wild. */
const MOST_ERROR = 16;
const MOST_ERRORS = 8;
/** The share of its limit from which a look may be the beginning of an alarm. */
const BEGINS = 0.6;
const HOURS = 24;
/** After so long errors count half: the more that are known, the nearer limits are. */
const FADES = 0.5 ** (1 / (180 * HOURS));
/** And what was most unusual. */
const MOST_FADES = 0.5 ** (1 / (60 * HOURS));
const DAY = HOURS * HOUR;
const NO_ROWS: Sums = { rows: 0, sum: 0, squares: 0 };

/** The rows that a champion learnt from are left out by so many parts, each to be expected by the others. */
const PARTS = 14;
const ROUNDS = 3;
/** A fault is so many times past a limit, and at most in so many of the days. */
const FAULTY = 1.5;
const MOST_INCIDENTS = 0.1;
/** Of fewer days an hour's middle mean tells little. */
const FEWEST_MEANS = 5;

/** What is known before the first hour is judged. */
export type Learnt = Pick<AlarmState, 'contrasts' | 'together'>;

/**
 * What the hours that a champion learnt from tell of each contrast, and of all columns together: nothing in them is an alarm,
 * but what was a fault for one of a column's contrasts is left out of them all. It pauses now and then.
 */
export function* learnPast(
  contrasts: readonly Contrast[],
  allowed: Allowed,
  all: readonly HourSums[],
): Generator<void, Learnt> {
  const known: Record<string, ContrastState> = {};
  const faults = new Map<string, ReadonlySet<number>>();
  for (const its of placesByColumn(contrasts)) {
    const hoursOf = its.map((place) =>
      all.map((hour) => ({ time: hour.time, sums: sumsAt(contrasts[place]!, place, hour) })),
    );
    const left = timesOf(its.flatMap((place, i) => incidentsIn(contrasts[place]!, allowed, hoursOf[i]!)));
    faults.set(contrasts[its[0]!]!.column, left);
    for (const [i, place] of its.entries()) {
      const contrast = contrasts[place]!;
      const state = learnFrom(contrast, allowed, without(hoursOf[i]!, left));
      if (contrast.of === 'spread') state.past.aroundMean = true;
      known[contrast.id] = state;
      yield;
    }
  }
  const models = contrasts.map((contrast) => modelOf(known[contrast.id]!.past, contrast, allowed));
  const sumsBut = ({ time, sums }: HourSums, place: number): Sums =>
    faults.get(contrasts[place]!.column)!.has(time) ? NO_ROWS : sums[place]!;
  return { contrasts: known, together: learnTogether(contrasts, models, allowed, all, sumsBut) };
}

/** The same at once. */
export function learnAtOnce(contrasts: readonly Contrast[], allowed: Allowed, all: readonly HourSums[]): Learnt {
  const learning = learnPast(contrasts, allowed, all);
  let step = learning.next();
  while (!step.done) step = learning.next();
  return step.value;
}

interface Hour {
  time: number;
  sums: Sums;
}
const timesOf = (hours: readonly Hour[]): Set<number> => new Set(hours.map(({ time }) => time));
/** The hours, some without their rows. */
const without = (hours: readonly Hour[], left: ReadonlySet<number>): readonly Hour[] =>
  left.size === 0 ? hours : hours.map((hour) => (left.has(hour.time) ? { ...hour, sums: NO_ROWS } : hour));

/** By part of the hours, what the others say is usual. */
function seasonsOf(hours: readonly Hour[]): { season: Season; part: readonly Hour[] }[] {
  const long = HOURS * Math.ceil(hours.length / HOURS / PARTS);
  return Array.from({ length: Math.ceil(hours.length / long) }, (_, i) => {
    const part = hours.slice(i * long, (i + 1) * long);
    return { season: seasonOf(without(hours, timesOf(part))), part };
  });
}
function seasonOf(hours: readonly Hour[]): Season {
  const season = emptySeason();
  for (const { time, sums } of hours) addHour(season, hourOfWeek(time), sums);
  return season;
}

/**
 * How far hours are from what is usual is told by a season of the other days, since a season is hardly off from days that
 * made it.
 */
function learnFrom(contrast: Contrast, allowed: Allowed, hours: readonly Hour[]): ContrastState {
  const seasons = seasonsOf(hours);
  let known = emptyContrast();
  // How unusual an hour was can be told once it is known how far hours are from what is expected.
  for (let round = 0; round < ROUNDS; round++) {
    const next = emptyContrast();
    for (const { season, part } of seasons) {
      const model = modelOf({ ...known.past, season }, contrast, allowed);
      if (!model) continue;
      for (const { time, sums } of part) {
        const before = { ...next.now.windows[0]! };
        addRows(next.now, model, time, sums);
        if (sums.rows === 0) continue;
        learn(next.past, looksOf(next.now, model), model, 'all');
        if (canStep(contrast)) learnMoves(next.past, before, next.now, model, 'all');
      }
    }
    known = next;
  }
  known.past.season = seasonOf(hours);
  return known;
}

/**
 * Hours of a fault, as it may be in any past: of few days, each far past any limit that follows from the other hours. They
 * tell nothing of what is usual, and would hide for months what is smaller.
 */
function incidentsIn(contrast: Contrast, allowed: Allowed, hours: readonly Hour[]): Hour[] {
  const withRows = hours.filter(({ sums }) => sums.rows > 0);
  const unseen = modelOf({ ...emptyContrast().past, season: seasonOf(withRows) }, contrast, allowed);
  if (!unseen) return [];
  // A season that a fault made would find the days strange that had none.
  const middle = withMeans(unseen, middleByHour(withRows));
  const candidates = withRows.filter((hour) => unusualHours([hour], middle) > middle.normal);
  if (candidates.length === 0 || daysOf(candidates).size > MOST_INCIDENTS * daysOf(withRows).size) return [];
  const model = modelOf(learnFrom(contrast, allowed, without(hours, timesOf(candidates))).past, contrast, allowed);
  if (!model) return [];
  const days = [...daysOf(candidates).values()];
  return days.filter((some) => unusualHours(some, model) > FAULTY * model.limits[0]!).flat();
}

function daysOf(hours: readonly Hour[]): Map<number, Hour[]> {
  const days = new Map<number, Hour[]>();
  for (const hour of hours) {
    const day = Math.floor(hour.time / DAY);
    days.set(day, [...(days.get(day) ?? []), hour]);
  }
  return days;
}

/** The middle one of the means of each hour of a day. */
function middleByHour(hours: readonly Hour[]): number[] {
  const byHour = Array.from({ length: HOURS }, (): number[] => []);
  for (const { time, sums } of hours) byHour[hourOfWeek(time).hour]!.push(sums.sum / sums.rows);
  const all = medianOf(byHour.flat());
  return byHour.map((means) => (means.length < FEWEST_MEANS ? all : medianOf(means)));
}
const medianOf = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? 0;
/** Of `quiet` hours, what may be the beginning of an alarm tells nothing. */
export function learn(past: Past, looks: readonly (Look | null)[], model: Model, which: 'all' | 'quiet'): void {
  looks.forEach((look, w) => {
    if (!look) return;
    const off = errorsOf(look, model);
    if (which === 'quiet' && off > BEGINS * model.limits[w]!) return;
    const errors = past.errors[w]!;
    const { looks, sizes, squares, second, fourth } = errors;
    const its = Math.min(off, MOST_ERRORS) ** 2;
    const square = Math.min(look.off ** 2, MOST_ERROR * look.variance) * look.size;
    errors.looks = looks * FADES + 1;
    errors.sizes = sizes * FADES + look.size;
    errors.squares = squares * FADES + square;
    errors.second = second * FADES + its;
    errors.fourth = fourth * FADES + its * its;
    errors.most = Math.max(errors.most * MOST_FADES, unusualOf(look, model));
    if (w > 0) return;
    past.squaredSizes = past.squaredSizes * FADES + look.size ** 2;
    past.sizedErrors = past.sizedErrors * FADES + look.size * square;
  });
}

/** The same of how the mean moved since the hour before. */
export function learnMoves(past: Past, before: Window, now: Now, model: Model, which: 'all' | 'quiet'): void {
  const { steps } = now;
  const hour = now.windows[0]!;
  const moves = (past.moves ??= noMoves());
  if (before.rows > 0) {
    const size = 1 / (model.ofRow * (1 / before.rows + 1 / hour.rows));
    const by = hour.off / hour.rows - before.off / before.rows;
    const most = MOST_ERROR * (model.counts / size + 2 * model.between[0]!);
    addToLine(moves.pairs, FADES, size, Math.min(by ** 2, most) * size);
  }
  // Of those that are older the most unusual were kept, so they are more unusual than steps are.
  const young = steps?.starts.filter(({ age }) => age < YOUNG_HOURS) ?? [];
  if (young.length === 0) return;
  const most = mostOfSteps(now, model);
  if (which === 'quiet' && most > BEGINS * model.stepLimit) return;
  let [second, fourth] = [0, 0];
  for (const start of young) {
    const its = Math.min(MOST_ERRORS ** 2, unusual(start));
    second += its;
    fourth += its * its;
  }
  moves.looks = moves.looks * FADES + 1;
  moves.second = moves.second * FADES + second / young.length;
  moves.fourth = moves.fourth * FADES + fourth / young.length;
  moves.squares = moves.squares * FADES + Math.min(MOST_ERRORS ** 2, Math.max(...steps!.starts.map(unusual)));
  moves.most = Math.max(moves.most * MOST_FADES, most);
}
