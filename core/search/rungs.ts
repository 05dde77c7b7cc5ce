import { betterOf, type MetricName } from '../metrics/index.ts';

/** Of the trials of a rung, one in so many continues, with so many times the rows. */
export const KEEP_ONE_IN = 3;
const MOST_RUNGS = 4;
/** With fewer rows or positives, a rung says little about all rows. */
const FEWEST_ROWS = 1_000;
const FEWEST_POSITIVES = 30;

/** One round of a search: its trials train on so many of the train split's rows. */
export interface Rung {
  rows: number;
  share: number;
}

export interface SearchPlan {
  /** From few rows to all of them. */
  rungs: Rung[];
  trials: number;
  within: string | null;
  /** How the search ended, in words; null while it runs. */
  outcome: string | null;
}

/** How many trials continue from a rung with so many. */
export const continuingFrom = (trials: number): number => Math.ceil(trials / KEEP_ONE_IN);

/**
 * Successive halving (Jamieson and Talwalkar, https://arxiv.org/abs/1502.07943), by thirds: few rows tell the hopeless
 * trials from the others, and all rows decide among the last few. Rows mean the same for every recipe, unlike epochs
 * and trees, and training stops early at each rung as it does on all rows.
 * Where folds leave negatives out there is one rung: a part of the rows has no folds and all negatives, and would tell
 * another order.
 * rungsOf({ trials: 20, rows: 90_000, positives: 900 }) // => 10,000, 30,000 and 90,000 rows, for 20, 7 and 3 trials
 */
export function rungsOf({
  trials,
  rows,
  positives,
  negatives,
}: {
  trials: number;
  rows: number;
  positives: number | null;
  /** The share that folds learn from. */
  negatives?: number | undefined;
}): Rung[] {
  const rungs: Rung[] = [{ rows, share: 1 }];
  if (negatives !== undefined) return rungs;
  for (let left = trials; left > KEEP_ONE_IN && rungs.length < MOST_RUNGS; left = continuingFrom(left)) {
    const share = rungs[0]!.share / KEEP_ONE_IN;
    const fewer = Math.floor(rows * share);
    if (fewer < FEWEST_ROWS || (positives !== null && positives * share < FEWEST_POSITIVES)) break;
    rungs.unshift({ rows: fewer, share });
  }
  return rungs;
}

/** What a trial got on the selection split at a rung. */
export interface Tried {
  candidate: string;
  value: number | null;
}

/** The trials of a rung, best first; without a value last, and in the order of their names where they are alike. */
export function ranked<T extends Tried>(tried: readonly T[], metric: MetricName): T[] {
  const sign = betterOf(metric) === 'lower' ? -1 : 1;
  const worth = ({ value }: Tried): number => (value === null ? -Infinity : sign * value);
  const byName = (a: Tried, b: Tried): number => (a.candidate < b.candidate ? -1 : 1);
  return tried.toSorted((a, b) => {
    const [left, right] = [worth(a), worth(b)];
    return left === right ? byName(a, b) : right > left ? 1 : -1;
  });
}

/** The better part of a rung, of which so many trials began. */
export const betterPart = (tried: readonly Tried[], metric: MetricName, began: number): string[] =>
  ranked(tried, metric)
    .filter(({ value }) => value !== null)
    .slice(0, continuingFrom(began))
    .map(({ candidate }) => candidate);
