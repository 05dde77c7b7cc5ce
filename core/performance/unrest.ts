import type { Random } from '../base/random.ts';

/** How many more positives a day had than was expected, and the variance of that by chance. */
export interface DayOff {
  residual: number;
  variance: number;
}

/** How much the log odds of one day differ from those of all, as a standard deviation: its mean, and as likely as it is. */
export interface Unrest {
  usual: number;
  draw(random: Random): number;
}

/** Fewer do not tell how days differ. */
const FEWEST_DAYS = 3;
/** Days hardly differ by more, and never by twice as much. */
const LARGE = 1;
const STEPS = 40;

/**
 * How likely each unrest is, by the restricted likelihood of the days' residuals: the level was fitted to them, and few
 * days leave it open. https://en.wikipedia.org/wiki/Restricted_maximum_likelihood
 */
export function unrestOf(days: readonly DayOff[]): Unrest {
  const known = days.filter(({ variance }) => variance > 0);
  if (known.length < FEWEST_DAYS) return { usual: 0, draw: () => 0 };
  // Denser near none, so each stands for as much as lies nearest to it.
  const all = Array.from({ length: STEPS }, (_, step) => 2 * LARGE * (step / (STEPS - 1)) ** 2);
  const logs = all.map((unrest) => likelihood(known, unrest) - (unrest / LARGE) ** 2 / 2);
  const most = Math.max(...logs);
  const weights = logs.map((log, step) => Math.exp(log - most) * ((step + 0.5) ** 2 - Math.max(0, step - 0.5) ** 2));
  const sum = weights.reduce((a, b) => a + b, 0);
  const usual = all.reduce((mean, unrest, step) => mean + (unrest * weights[step]!) / sum, 0);
  return {
    usual,
    draw(random) {
      let left = random.uniform() * sum;
      for (const [step, weight] of weights.entries()) if ((left -= weight) < 0) return all[step]!;
      return usual;
    },
  };
}

function likelihood(days: readonly DayOff[], unrest: number): number {
  let [log, weight, sum, squares] = [0, 0, 0, 0];
  for (const { residual, variance } of days) {
    const its = 1 / (unrest ** 2 + 1 / variance);
    const off = residual / variance;
    log += Math.log(its) / 2;
    weight += its;
    sum += its * off;
    squares += its * off ** 2;
  }
  return log - Math.log(weight) / 2 - (squares - sum ** 2 / weight) / 2;
}

/** How far what a day's labels tell is its own, for so much unrest. */
export const sharedBy = ({ variance }: DayOff, unrest: number): number =>
  unrest === 0 ? 0 : 1 / (variance + 1 / unrest ** 2);
