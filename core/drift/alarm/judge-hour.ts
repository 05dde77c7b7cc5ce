import { HOUR } from '../../time/time.ts';
import type { Sums } from './contrasts.ts';
import { expectedOf, type Model } from './model.ts';
import { hourOfWeek } from './season.ts';
import { WINDOWS, type Evidence, type Now, type Window } from './state.ts';

/** Smaller changes are of no interest, however certain: of means in standard deviations, of shares as they are. */
export const LEAST_OFF = 0.03;
export const LEAST_SHARE_OFF = 0.01;
/** Evidence of a change adds up by what an hour is off beyond so many standard errors, and by no more than so many. */
const [ALLOWANCE, MOST_OF_HOUR] = [0.5, 5];
/** An alarm ends when all windows are half as unusual, or after half a day in which those of up to a day were. */
const CALM = 0.5;
const CALM_HOURS = 12;
/** How much of a window is left an hour later. */
const KEEPS = WINDOWS.map((hours) => 1 - 2 / (hours + 1));
/** How much of a window is of the hours since a change. */
export const shareSeen = (window: number, hours: number): number => 1 - KEEPS[window]! ** hours;
/** Weighted, so a window that had rows long ago has none. */
const FEWEST_ROWS = 0.5;
const DAY_WINDOW = WINDOWS.indexOf(24);

/** What a window's mean is off by. */
export interface Look {
  /** Independent rows over the variance of one. */
  size: number;
  off: number;
  variance: number;
  /** In standard errors; and the same of what is off beyond what is of interest. */
  errors: number;
  unusual: number;
}

/** Adds an hour's rows to each window, in place; null where a window has no rows. */
export function lookAt(now: Now, model: Model, time: number, { rows, sum }: Sums): (Look | null)[] {
  const expected = rows * expectedOf(model, hourOfWeek(time));
  const looks: (Look | null)[] = [];
  for (let w = 0; w < WINDOWS.length; w++) {
    const window = now.windows[w]!;
    const keeps = KEEPS[w]!;
    window.rows = window.rows * keeps + rows;
    window.weights = window.weights * keeps * keeps + rows;
    window.off = window.off * keeps + sum - expected;
    window.expected = window.expected * keeps + expected;
    looks.push(window.rows < FEWEST_ROWS ? null : lookOf(window, model, model.between[w]!));
  }
  return looks;
}

function lookOf(window: Window, { share, ofRow, counts }: Model, between: number): Look {
  const off = window.off / window.rows;
  const size = (window.rows * window.rows) / (window.weights * ofRow);
  const variance = counts / size + between;
  if (!share) {
    const deviation = Math.sqrt(variance);
    const least = LEAST_OFF * Math.sqrt(ofRow);
    return {
      size,
      off,
      variance,
      errors: Math.abs(off) / deviation,
      unusual: Math.max(0, Math.abs(off) - least) / deviation,
    };
  }
  const expected = window.expected / window.rows;
  const errors = errorsOfShare(off, expected, variance);
  const beyond = Math.sign(off) * Math.max(0, Math.abs(off) - LEAST_SHARE_OFF);
  return { size, off, variance, errors, unusual: errorsOfShare(beyond, expected, variance) };
}

const term = (share: number, of: number): number => (share > 0 ? share * Math.log(share / of) : 0);

/** The signed root of the likelihood ratio, which is nearer to normal than the difference where shares are rare. */
function errorsOfShare(off: number, expected: number, variance: number): number {
  const found = Math.min(1, Math.max(0, expected + off));
  const rows = (expected * (1 - expected)) / variance;
  return Math.sqrt(2 * rows * Math.max(0, term(found, expected) + term(1 - found, 1 - expected)));
}

/** Raises or ends the alarm of one contrast, in place. */
export function decide(now: Now, model: Model, time: number, looks: readonly (Look | null)[]): void {
  const [hour] = looks;
  if (hour) {
    const errors = hour.off / Math.sqrt(hour.variance);
    collect(now.higher, errors, time);
    collect(now.lower, -errors, time);
  }
  const { open } = now;
  if (open === null) {
    const window = shortestBeyond(looks, model, 1);
    if (window < 0) return;
    const direction = looks[window]!.off > 0 ? 'higher' : 'lower';
    const raisedAt = time + HOUR;
    now.open = { raisedAt, since: now[direction].since ?? time, direction, window, calmHours: 0 };
    return;
  }
  const shortest = shortestBeyond(looks, model, CALM);
  open.calmHours = shortest < 0 || shortest > DAY_WINDOW ? open.calmHours + 1 : 0;
  if (shortest >= 0 && !(open.window <= DAY_WINDOW && open.calmHours >= CALM_HOURS)) return;
  now.open = null;
  for (const window of now.windows) Object.assign(window, { rows: 0, weights: 0, off: 0, expected: 0 });
}

/** The place of the shortest window that is past a share of its limit; -1: none is. */
function shortestBeyond(looks: readonly (Look | null)[], { limits }: Model, share: number): number {
  for (let w = 0; w < looks.length; w++) if ((looks[w]?.unusual ?? 0) > share * limits[w]!) return w;
  return -1;
}

function collect(evidence: Evidence, errors: number, time: number): void {
  const sum = Math.max(0, evidence.sum + Math.min(errors, MOST_OF_HOUR) - ALLOWANCE);
  if (evidence.sum === 0 && sum > 0) evidence.since = time;
  evidence.sum = sum;
}
