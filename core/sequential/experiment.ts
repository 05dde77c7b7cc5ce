import { differenceOfMeans, standardErrors, type Estimate, type Look, type Moments } from './means.ts';

/** What an experiment says of one arm beside its control. */
export interface Compared {
  /** same: proven to differ by no more than what matters. better, worse: proven to be. unsure: none of these yet. */
  verdict: 'better' | 'worse' | 'same' | 'unsure';
  /** How much larger its mean is. null: too few numbers to tell. */
  difference: Estimate | null;
}

export interface Question extends Look {
  /** What is better; an outcome like a conversion is 0 or 1, so its mean is a share. */
  better: 'higher' | 'lower';
  /** Differences up to this one do not matter. */
  same: number;
}

/**
 * Compares each arm with the control. All intervals hold together, at every look, but for a chance of `alpha`: so the
 * experiment may end with the first look that answers the question.
 */
export function compareArms(control: Moments, arms: readonly Moments[], question: Question): Compared[] {
  const { alpha, tightestAt, better, same } = question;
  return arms.map((arm) => {
    const difference = differenceOfMeans(arm, control, { alpha: alpha / arms.length, tightestAt });
    if (difference === null) return { verdict: 'unsure', difference };
    const { low, high } = difference;
    const [least, most] = better === 'higher' ? [low, high] : [-high, -low];
    const verdict = least >= -same && most <= same ? 'same' : least > 0 ? 'better' : most < 0 ? 'worse' : 'unsure';
    return { verdict, difference };
  });
}

/**
 * How many numbers each of two arms needs until every second experiment has proven a difference of `effect` standard
 * deviations, if its interval is tightest there. numbersFor(0.1, 0.05) // => 1847
 */
export function numbersFor(effect: number, alpha: number): number {
  const proves = (count: number): boolean =>
    standardErrors(count, count, { alpha, tightestAt: count }) * Math.sqrt(2 / count) <= effect;
  let high = 2;
  while (!proves(high)) high *= 2;
  for (let low = high / 2; high - low > 1;) {
    const middle = Math.floor((low + high) / 2);
    if (proves(middle)) high = middle;
    else low = middle;
  }
  return high;
}
