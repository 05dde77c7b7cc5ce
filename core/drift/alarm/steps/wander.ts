import { lineOf, noLine, type Prior } from '../line.ts';
import { WINDOWS, type Past } from '../state/state.ts';

/** How a mean wanders: how far, what of it is left an hour later, and how much a row counts beside others of its hour. */
export interface Wander {
  variance: number;
  keeps: number;
  alike: number;
}

const DAY_HOURS = 24;
const DAY_WINDOW = WINDOWS.indexOf(DAY_HOURS);
/** For how long a mean is taken to stay where it is. */
const [SHORTEST_HOURS, LONGEST_HOURS] = [0.5, 2 * DAY_HOURS];

/**
 * Neighbouring hours tell how alike rows are, since a mean hardly wanders from one to the next. The rest of what hours vary
 * by is wander, and how much less days do tells how long it stays.
 */
export function wanderOf({ errors, moves }: Past, prior: Prior): Wander {
  const { rest: alike } = lineOf(moves?.pairs ?? noLine(), prior);
  const varianceOf = (w: number): number => {
    const { looks, squares, sizes } = errors[w]!;
    return sizes > 0 ? Math.max(0, (squares - looks * alike) / sizes) : 0;
  };
  const variance = varianceOf(0);
  const left = varianceOf(DAY_WINDOW) / variance;
  // A mean over a day keeps `forgets / (forgets + 12)` of what wanders, one over an hour nearly all.
  const forgets = left < 1 ? (left * DAY_HOURS - 1) / (1 - left) / 2 : LONGEST_HOURS;
  const keeps = Math.exp(-1 / Math.min(LONGEST_HOURS, Math.max(SHORTEST_HOURS, forgets)));
  return { variance, keeps: variance > 0 ? keeps : 0, alike };
}
