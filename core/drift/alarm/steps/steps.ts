import { HOUR } from '../../../time/time.ts';
import type { Wander } from './wander.ts';

/** A step that began longer ago is told by the windows. */
const LONGEST_HOURS = 168;
/** All hours are kept as starts while they are so young; of older ones the most unusual of some, longer stretches. */
export const YOUNG_HOURS = 6;
const stretchAt = (age: number): number => (age < YOUNG_HOURS ? 1 : age < 12 ? 2 : age < 24 ? 4 : age < 48 ? 8 : 24);

/** A step that may have begun so many hours ago. */
export interface Start {
  age: number;
  /** What part of it the level has followed. */
  followed: number;
  /** What the hours since were off by, each as it tells of the step, and how much they tell: it is sum / size, give or take 1 / √size. */
  sum: number;
  size: number;
}

/** Where a mean that wanders is, and the steps that it may have taken. */
export interface Steps {
  level: number;
  variance: number;
  starts: Start[];
}

/**
 * Adds an hour to what is known of a mean that wanders. Its level is followed, as Kalman filters do. A step is what the
 * next hours are off by from where the level was, less what the level has followed since: the likelihood ratio of Willsky
 * and Jones, "A generalized likelihood ratio approach to the detection and estimation of jumps in linear systems", 1976.
 * @param mean what the mean of the hour's rows is off by
 * @param ofRow what a row varies by
 */
export function addToSteps(
  before: Steps | null,
  wander: Wander,
  time: number,
  { rows, mean, ofRow }: { rows: number; mean: number; ofRow: number },
): Steps {
  const steps = before ?? { level: 0, variance: wander.variance, starts: [] };
  const { keeps } = wander;
  steps.level *= keeps;
  steps.variance = steps.variance * keeps ** 2 + (1 - keeps ** 2) * wander.variance;
  for (const start of steps.starts) {
    start.age++;
    start.followed *= keeps;
  }
  if (rows <= 0) return steps;

  const around = steps.variance + (wander.alike * ofRow) / rows;
  const gain = steps.variance / around;
  const error = mean - steps.level;
  steps.level += gain * error;
  steps.variance *= 1 - gain;
  steps.starts.push({ age: 0, followed: 0, sum: 0, size: 0 });
  for (const start of steps.starts) {
    const ahead = 1 - start.followed;
    start.sum += (ahead * error) / around;
    start.size += (ahead * ahead) / around;
    start.followed += gain * ahead;
  }
  keepFew(steps.starts, time / HOUR);
  return steps;
}

/** How much so many hours with as many rows tell of a step that began with them. */
export function sizeAfter(hours: number, wander: Wander, of: { rows: number; ofRow: number }): number {
  let steps: Steps | null = null;
  for (let hour = -hours; hour < hours; hour++) {
    steps = addToSteps(steps, wander, hour * HOUR, { ...of, mean: 0 });
    steps.starts.length = hour < 0 ? 0 : 1;
  }
  return steps!.starts[0]!.size;
}

/** In place. */
function keepFew(starts: Start[], hour: number): void {
  let [kept, stretch] = [0, NaN];
  for (const start of starts) {
    if (start.age > LONGEST_HOURS) continue;
    const hours = stretchAt(start.age);
    const its = Math.floor((hour - start.age) / hours) * hours;
    if (its === stretch && hours > 1) {
      if (unusual(start) > unusual(starts[kept - 1]!)) starts[kept - 1] = start;
    } else starts[kept++] = start;
    stretch = its;
  }
  starts.length = kept;
}
/** The square of how many standard errors a step would be. */
export const unusual = ({ sum, size }: Start): number => sum ** 2 / size;
