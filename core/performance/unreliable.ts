import type { Verdict } from '../drift/verdict.ts';

/** Of intervals that hold nine in ten. */
const HELD = 0.9;
/** So few days are held by chance so seldom. */
const BY_CHANCE = 0.001;

/** Why estimates of performance cannot be relied on; null: nothing speaks against them. */
export function whyUnreliable({ estimated, foretold }: Pick<Verdict, 'estimated' | 'foretold'>): string | null {
  if (estimated && estimated.withheld !== null) return estimated.withheld;
  if (!foretold || chanceOfAtMost(foretold.held, foretold.days) >= BY_CHANCE) return null;
  return `the range held what came on ${foretold.held} of ${foretold.days} earlier days, and should on nine in ten`;
}

/** The chance that at most so many of the days are held: chanceOfAtMost(2, 5) // => 0.00856 */
function chanceOfAtMost(held: number, days: number): number {
  let chance = (1 - HELD) ** days;
  let sum = 0;
  for (let k = 0; k <= held; k++) {
    sum += chance;
    chance *= (((days - k) / (k + 1)) * HELD) / (1 - HELD);
  }
  return sum;
}
