import { HOUR } from '../../time/time.ts';
import type { Sums } from './contrasts.ts';
import { expectedOf, MANY_ROWS, type Model } from './model.ts';
import { hourOfWeek } from './season.ts';
import { addToSteps, unusual, type Start, type Steps } from './steps/steps.ts';
import { WINDOWS, type Episode, type Evidence, type Now, type Window } from './state/state.ts';

/** Smaller changes are of no interest, however certain: of means in standard deviations, of shares as they are. */
export const LEAST_OFF = 0.03;
export const LEAST_SHARE_OFF = 0.01;
/** Evidence of a change adds up by what an hour is off beyond so many standard errors, and by no more than so many. */
const [ALLOWANCE, MOST_OF_HOUR] = [0.5, 5];
/**
 * An alarm ends when all windows are half as unusual, or after half a day in which those of up to a day were. One about a
 * step ends after half a day in which the mean was less than half as far from where it stepped, too.
 */
const CALM = 0.5;
const CALM_HOURS = 12;
/**
 * Half of a near limit is what chance is past most of the time: there an alarm ends at two standard errors, or a little below
 * its limit.
 */
const [CALM_ERRORS, MOST_CALM] = [2, 0.85];
const calmOf = (limit: number): number => Math.max(CALM * limit, Math.min(CALM_ERRORS, MOST_CALM * limit));
/** How much of a window is left an hour later. */
const KEEPS = WINDOWS.map((hours) => 1 - 2 / (hours + 1));
/** How much of a window is of the hours since a change. */
export const shareSeen = (window: number, hours: number): number => 1 - KEEPS[window]! ** hours;
/** Weighted, so a window that had rows long ago has none. */
const FEWEST_ROWS = 0.5;
/** Off by so many times its limit, an hour needs no second one: of many rows, or where it is known how alike they are. */
const FAR = 2;
/**
 * So much of the way from what is expected to the end of all ranks, and so many standard errors: nearly every row of many is
 * beyond what nearly all of the reference's are, as in another unit. One customer explains that only by sending all of them.
 */
const [TO_END, ERRORS_AT_END] = [0.9, 6];
/** Standard errors of an hour that is off by itself. */
const ITSELF = 1.5;
const DAY_WINDOW = WINDOWS.indexOf(24);

/** What a window's mean is off by. */
export interface Look {
  /** Independent rows over the variance of one. */
  size: number;
  expected: number;
  off: number;
  variance: number;
}

/** Adds an hour's rows to each window, and to the steps that may have been, in place. */
export function addRows(now: Now, model: Model, time: number, { rows, sum }: Sums): void {
  const expected = rows * expectedOf(model, hourOfWeek(time));
  for (let w = 0; w < WINDOWS.length; w++) {
    const window = now.windows[w]!;
    const keeps = KEEPS[w]!;
    window.rows = window.rows * keeps + rows;
    window.weights = window.weights * keeps * keeps + rows;
    window.off = window.off * keeps + sum - expected;
    window.expected = window.expected * keeps + expected;
  }
  const { wander, ofRow } = model;
  now.steps =
    wander && addToSteps(now.steps, wander, time, { rows, mean: (sum - expected) / Math.max(1, rows), ofRow });
}

/** How unusual some hours are together, or one by itself. */
export function unusualHours(hours: readonly { time: number; sums: Sums }[], model: Model): number {
  const window: Window = { rows: 0, weights: 0, off: 0, expected: 0 };
  for (const { time, sums } of hours) {
    const expected = sums.rows * expectedOf(model, hourOfWeek(time));
    window.rows += sums.rows;
    window.weights += sums.rows;
    window.off += sums.sum - expected;
    window.expected += expected;
  }
  return window.rows < FEWEST_ROWS ? 0 : unusualOf(lookOf(window, model, model.between[0]!), model);
}

/** Whether the last hour had rows. */
export const hasRows = ({ windows }: Now): boolean => windows[0]!.rows >= FEWEST_ROWS;

/** What a window is off by; null: it has no rows. */
export function lookAt({ windows }: Now, model: Model, w: number): Look | null {
  const window = windows[w]!;
  return window.rows < FEWEST_ROWS ? null : lookOf(window, model, model.between[w]!);
}
/** What all windows are off by. */
export const looksOf = (now: Now, model: Model): (Look | null)[] => WINDOWS.map((_, w) => lookAt(now, model, w));

function lookOf({ rows, weights, off, expected }: Window, { ofRow, counts }: Model, between: number): Look {
  const size = (rows * rows) / (weights * ofRow);
  return { size, expected: expected / rows, off: off / rows, variance: counts / size + between };
}

/** What a look is off by, in standard errors. */
export const errorsOf = ({ off, expected, variance }: Look, { share }: Model): number =>
  share ? errorsOfShare(off, expected, variance) : Math.abs(off) / Math.sqrt(variance);

/** The same of what is off beyond what is of interest. */
export function unusualOf({ off, expected, variance }: Look, { share, ofRow }: Model): number {
  const beyond = Math.abs(off) - (share ? LEAST_SHARE_OFF : LEAST_OFF * Math.sqrt(ofRow));
  if (beyond <= 0) return 0;
  return share ? errorsOfShare(Math.sign(off) * beyond, expected, variance) : beyond / Math.sqrt(variance);
}

const term = (share: number, of: number): number => (share > 0 ? share * Math.log(share / of) : 0);

/** The signed root of the likelihood ratio, which is nearer to normal than the difference where shares are rare. */
function errorsOfShare(off: number, expected: number, variance: number): number {
  const found = Math.min(1, Math.max(0, expected + off));
  const rows = (expected * (1 - expected)) / variance;
  return Math.sqrt(2 * rows * Math.max(0, term(found, expected) + term(1 - found, 1 - expected)));
}

/** Raises or ends the alarm of one contrast after an hour's rows were added, in place. */
export function decide(now: Now, model: Model, time: number): void {
  const [first] = now.windows;
  const hour = first!.rows < FEWEST_ROWS ? null : lookOf(first!, model, model.between[0]!);
  if (hour) {
    const errors = hour.off / Math.sqrt(hour.variance);
    collect(now.higher, errors, time);
    collect(now.lower, -errors, time);
  }
  const { open } = now;
  if (open === null) {
    if (!hour) return;
    const before = now.beyond;
    delete now.beyond;
    const window = shortestBeyond(now, model, (limit) => limit);
    const step = window < 0 ? stepBeyond(now, model, 1) : null;
    if (window < 0 && !step) return;
    const direction = (step?.sum ?? now.windows[window]!.off) > 0 ? 'higher' : 'lower';
    // One hour's rows may be one customer's, unless it is further off than that explains.
    const again = before === direction && (step !== null || window >= DAY_WINDOW || isOff(hour, direction));
    const tells = model.differed || first!.rows >= MANY_ROWS;
    const isFar = (): boolean =>
      (window === 0 && isAtEnd(hour, model)) ||
      (step ? stepBeyond(now, model, FAR) !== null : shortestBeyond(now, model, (limit) => FAR * limit) >= 0);
    if (model.often && !again && !(tells && isFar())) {
      now.beyond = direction;
      return;
    }
    const since = step ? time - step.age * HOUR : (now[direction].since ?? time);
    now.open = { raisedAt: time + HOUR, since, direction, window: Math.max(0, window), calmHours: 0 };
    if (step) now.open.step = shiftOf(step, now.steps!);
    return;
  }
  const shortest = shortestBeyond(now, model, calmOf);
  const calm = (shortest < 0 || shortest > DAY_WINDOW) && !isShifted(open, now);
  open.calmHours = calm ? open.calmHours + 1 : 0;
  const lasts = shortest >= 0 || open.step !== undefined;
  if (lasts && !(open.window <= DAY_WINDOW && open.calmHours >= CALM_HOURS)) return;
  now.open = null;
  now.steps = null;
  for (const window of now.windows) Object.assign(window, { rows: 0, weights: 0, off: 0, expected: 0 });
}

/** Whether an hour shows by itself what a window does, which may still be full of the hour before. */
const isOff = ({ off, variance }: Look, direction: 'higher' | 'lower'): boolean =>
  (direction === 'higher' ? off : -off) > ITSELF * Math.sqrt(variance);

/** Whether nearly all rows of an hour are at the end of the ranks towards which it is off. */
const isAtEnd = ({ off, expected, variance }: Look, { ranks }: Model): boolean =>
  ranks &&
  Math.abs(off) >= TO_END * (off > 0 ? 1 - expected : expected) &&
  Math.abs(off) >= ERRORS_AT_END * Math.sqrt(variance);

/** The place of the shortest window that is past what follows from its limit; -1: none is. */
function shortestBeyond({ windows }: Now, model: Model, pastOf: (limit: number) => number): number {
  for (let w = 0; w < windows.length; w++)
    if (windows[w]!.rows >= FEWEST_ROWS && isBeyond(windows[w]!, model, w, pastOf(model.limits[w]!))) return w;
  return -1;
}

function isBeyond(window: Window, model: Model, w: number, limit: number): boolean {
  const off = window.off / window.rows;
  const variance = (model.counts * model.ofRow * window.weights) / (window.rows * window.rows) + model.between[w]!;
  // A likelihood ratio is at most twice what it is nearly: most looks are told without their logarithms.
  if (2 * off * off <= limit * limit * variance) return false;
  return unusualOf(lookOf(window, model, model.between[w]!), model) > limit;
}

/** The most unusual step of those past a share of their limit. */
function stepBeyond({ steps }: Now, model: Model, share: number): Start | null {
  const limit = share * model.stepLimit;
  if (!steps || limit === Infinity) return null;
  let [found, most]: [Start | null, number] = [null, limit];
  for (const start of steps.starts) {
    if (2 * unusual(start) <= limit * limit) continue;
    const its = unusualStep(start, model);
    if (its > most) [found, most] = [start, its];
  }
  return found;
}
/** What is expected counts for shares alone, which take no steps. */
const unusualStep = ({ sum, size }: Start, model: Model): number =>
  unusualOf({ size, expected: 0, off: sum / size, variance: 1 / size }, model);

/** From where a step went, and how far. */
function shiftOf({ sum, size, followed }: Start, { level }: Steps): NonNullable<Episode['step']> {
  const by = sum / size;
  return { from: level - followed * by, by };
}
/** Whether a mean is still more than half a step from where that began. */
const isShifted = ({ step }: Episode, { steps }: Now): boolean =>
  step !== undefined && steps !== null && (steps.level - step.from) / step.by > 0.5;

/** How unusual the most unusual step is. */
export const mostOfSteps = ({ steps }: Now, model: Model): number =>
  Math.max(0, ...(steps?.starts ?? []).map((start) => unusualStep(start, model)));

function collect(evidence: Evidence, errors: number, time: number): void {
  const sum = Math.max(0, evidence.sum + Math.min(errors, MOST_OF_HOUR) - ALLOWANCE);
  if (evidence.sum === 0 && sum > 0) evidence.since = time;
  evidence.sum = sum;
}
