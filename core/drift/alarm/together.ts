import { HOUR, instant } from '../../time/time.ts';
import type { ColumnAlarm } from './alarm.ts';
import { placesByColumn, type Contrast, type Sums } from './contrasts.ts';
import { addRows, hasRows, lookAt, unusualOf } from './judge-hour.ts';
import { FADES, MOST_FADES } from './learning/hours.ts';
import { BORROWED } from './line.ts';
import type { Allowed, Model } from './model.ts';
import { studentFromNormal } from './quantile.ts';
import { emptyContrast, emptyTogether, TOGETHER_WINDOWS, WINDOWS, type Now, type Together } from './state/state.ts';

/** Fewer columns say nothing that each does not say by itself. */
const FEWEST = 3;
/** No column counts more than as if it were this near to a limit of its own: one alone is not many together. */
const MOST = 0.75;
/** At first the sum of squares is taken to vary so many times as that of columns that share no cause. */
const SHARED = 2;
/**
 * What is usual was seen few times, and columns of which one cause moves many have longer tails than chi-squared with as many
 * degrees: Student's t has no more than this many.
 */
const MOST_DEGREES = 20;
const CALM = 0.5;
/** When those that are most unusual are left out, the others are as usual. */
const USUAL = 1;

/** How far a column is off, squared, and the contrast that is furthest. */
interface Part {
  square: number;
  place: number;
}

/** The mean of the squares of some columns in one window. */
interface Look {
  window: number;
  square: number;
  parts: readonly Part[];
  /** In standard errors, had it been normal; and what is an alarm. */
  unusual: number;
  limit: number;
  expected: Expected;
}
interface Expected {
  mean: number;
  /** Of one column's square; of the mean of several it is less. */
  variance: number;
  /** In how many windows it was seen that share no hours, or is taken to have been. */
  seen: number;
}

/** Whether a contrast tells where a column's rows are. */
const tellsWhere = ({ of, ofScore }: Contrast): boolean => !ofScore && (of === 'location' || of === 'levels');

/**
 * Watches all columns together, for a change that is small in each: the mean of what they are off by, squared, over a day and
 * over a week. What is usual for it is learnt from quiet times, so columns that share causes count as few.
 */
export function watchTogether(contrasts: readonly Contrast[], models: readonly (Model | null)[], allowed: Allowed) {
  const columns = placesByColumn(contrasts, tellsWhere);

  /** Of what has an alarm of its own nothing is told. */
  function partOf(places: readonly number[], nows: Nows, w: number): Part | null {
    let [sum, seen, most, place] = [0, 0, -1, -1];
    for (const at of places) {
      const [model, now] = [models[at], nows[at]];
      const look = model && now && !now.open ? lookAt(now, model, w) : null;
      if (!look) continue;
      const square = (Math.min(MOST, unusualOf(look, model!) / model!.limits[w]!) * model!.normal) ** 2;
      sum += square;
      seen++;
      if (square > most) [most, place] = [square, at];
    }
    return seen === 0 ? null : { square: sum / seen, place };
  }

  function looksOf(its: Together, nows: Nows): Look[] {
    const all = expectedOf(its);
    return TOGETHER_WINDOWS.flatMap((w, window) => {
      const parts = columns.flatMap((places) => partOf(places, nows, w) ?? []);
      if (parts.length < FEWEST) return [];
      const [square, expected] = [meanSquare(parts), all[window]!];
      const unusual = errorsOf(square, parts.length, expected);
      const degrees = Math.min(MOST_DEGREES, expected.seen);
      const limit = Math.max(studentFromNormal(allowed.together, degrees), its.errors[window]!.most);
      return [{ window, square, parts, unusual, limit, expected }];
    });
  }

  const comesWithRows = (nows: Nows): boolean => nows.some((now, i) => now && models[i] && hasRows(now));

  /** Raises or ends the alarm after an hour was added to the windows of each column, in place. */
  function decide(its: Together, nows: Nows, time: number): void {
    const looks = looksOf(its, nows);
    if (!comesWithRows(nows)) {
      // The rows that it was about have faded.
      if (looks.length === 0) its.open = null;
      return;
    }
    const beyond = looks.filter(({ unusual, limit }) => unusual > limit);
    if (its.open) {
      if (looks.every(({ unusual, limit }) => unusual <= CALM * limit)) its.open = null;
    } else {
      const again = its.beyond && beyond.length > 0;
      its.beyond = beyond.length > 0 && !again;
      if (again) its.open = [];
    }
    if (!its.open) return;
    for (const look of beyond)
      for (const { place } of behind(look)) {
        const { column, of } = contrasts[place]!;
        if (its.open.some((named) => named.column === column)) continue;
        const { windows, ...evidence } = nows[place]!;
        const direction = windows[TOGETHER_WINDOWS[look.window]!]!.off > 0 ? 'higher' : 'lower';
        its.open.push({ column, of, direction, since: evidence[direction].since ?? time, raisedAt: time + HOUR });
      }
  }

  /** Learns from a quiet hour, in place. */
  function learn(its: Together, nows: Nows): void {
    if (!comesWithRows(nows)) return;
    for (const { window, square, parts, unusual } of looksOf(its, nows)) {
      const errors = its.errors[window]!;
      errors.looks = errors.looks * FADES + 1;
      errors.columns = errors.columns * FADES + parts.length;
      errors.sum = errors.sum * FADES + square;
      errors.squares = errors.squares * FADES + square * square;
      errors.most = Math.max(errors.most * MOST_FADES, unusual);
    }
  }
  return { decide, learn };
}

/**
 * What the hours that a champion learnt from tell: of a day. Of a week their own season is too near to what they are. It pauses
 * after each hour.
 * @param of an hour's rows in a contrast
 */
export function* learnTogether<Hour extends { time: number }>(
  contrasts: readonly Contrast[],
  models: readonly (Model | null)[],
  allowed: Allowed,
  hours: readonly Hour[],
  of: (hour: Hour, place: number) => Sums,
): Generator<void, Together> {
  const [its, nows] = [emptyTogether(), contrasts.map(() => emptyContrast().now)];
  const { learn } = watchTogether(contrasts, models, allowed);
  for (const hour of hours) {
    nows.forEach((now, place) => {
      const model = models[place];
      if (model && tellsWhere(contrasts[place]!)) addRows(now, model, hour.time, of(hour, place));
    });
    learn(its, nows);
    yield;
  }
  const { errors } = emptyTogether();
  errors[0] = { ...its.errors[0]!, most: 0 };
  return { ...its, errors };
}

type Nows = readonly (Now | null)[];

/** By window. What a longer one shows is guessed from the shorter one, until it was seen often enough. */
function expectedOf({ errors }: Together): Expected[] {
  let known: Expected = { mean: 1, variance: 2 * SHARED, seen: BORROWED };
  return errors.map(({ looks, columns, sum, squares }, window) => {
    if (looks === 0) return known;
    const own = looks / WINDOWS[TOGETHER_WINDOWS[window]!]!;
    const learnt = (before: number, found: number): number => (BORROWED * before + own * found) / (BORROWED + own);
    const variance = Math.max(0, squares / looks - (sum / looks) ** 2) * (columns / looks);
    known = {
      mean: learnt(known.mean, sum / looks),
      variance: learnt(known.variance, variance),
      seen: BORROWED + own,
    };
    return known;
  });
}

const meanSquare = (parts: readonly Part[]): number =>
  parts.reduce((sum, { square }) => sum + square, 0) / parts.length;

/** Wilson and Hilferty, 1931: the cube root of what is distributed as chi-squared is nearly normal. */
function errorsOf(square: number, columns: number, { mean, variance }: Expected): number {
  const spread = variance / columns / mean ** 2 / 9;
  return (Math.cbrt(square / mean) - (1 - spread)) / Math.sqrt(spread);
}

/** Those without which the others are as usual, the most unusual first. */
function behind({ parts, expected }: Look): Part[] {
  const inOrder = parts.toSorted((a, b) => b.square - a.square);
  let rest = inOrder.reduce((sum, { square }) => sum + square, 0);
  let named = 0;
  const isUsual = (left: number): boolean => left === 0 || errorsOf(rest / left, left, expected) <= USUAL;
  while (named < 2 || !isUsual(inOrder.length - named)) rest -= inOrder[named++]!.square;
  return inOrder.slice(0, named);
}

/** The columns that an alarm about all together is about. */
export const raisedTogether = ({ open }: Together): ColumnAlarm[] =>
  (open ?? []).map(({ since, raisedAt, ...named }) => ({
    ...named,
    since: instant(since),
    raisedAt: instant(raisedAt),
    together: true,
  }));
