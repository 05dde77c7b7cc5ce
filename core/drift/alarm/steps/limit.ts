import { studentFromNormal } from '../quantile.ts';
import { HOURS } from '../season.ts';
import type { Moves } from '../state/state.ts';

/** Before so many hours it is not known which steps are usual: three weeks, since a mean may stay where it is for days. */
const FEWEST_HOURS = 21 * HOURS;
/** Steps are told by about as many hours. */
const HOURS_OF_STEP = 3;
/**
 * Where a mean wanders as it is taken to, the square of how unusual a step is that may have begun within some hours is 1 on
 * average, and that of the most unusual 5 to 8. One that moves smoothly, as weather does, takes steps of another kind.
 */
const [MOST_OF_YOUNG, MOST_OF_ALL] = [1.35, 10];
/** What was the most of some weeks is exceeded by so much in a year, if tails are exponential. */
const OF_A_YEAR = 1.35;

/**
 * Which steps are an alarm, in standard errors: larger ones where errors were larger than they should be, or their tails
 * longer by more than chance shows.
 * @param normal the same, had all been known all along
 */
export function limitOfSteps(moves: Moves | undefined, normal: number): number {
  if (!moves || moves.looks < FEWEST_HOURS) return Infinity;
  const { looks, second, fourth, squares, most } = moves;
  if (squares > MOST_OF_ALL * looks || second > MOST_OF_YOUNG * looks) return Infinity;
  const independent = looks / HOURS_OF_STEP;
  const tails = Math.max(0, fourth / looks / (second / looks) ** 2 - 3 - 2 * Math.sqrt(24 / independent));
  const degrees = Math.min(independent, tails > 0 ? 4 + 6 / tails : Infinity);
  return Math.max(OF_A_YEAR * most, studentFromNormal(normal, degrees) * Math.sqrt(Math.max(1, second / looks)));
}
