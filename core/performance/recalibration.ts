import { DAY } from '../time/time.ts';
import type { TallyOfDay } from './performance-days.ts';
import type { ScoreBins } from './tally.ts';

/** What scores were worth on rows that the model had not seen: the log odds are intercept + slope * logit. */
export interface Recalibration {
  intercept: number;
  slope: number;
  /** How sure both are: the lower triangle of a matrix that makes their errors from two standard normal numbers. */
  errors: [ofIntercept: number, shared: number, ofSlope: number];
  /** How much the log odds of one day differ from those of all, as a standard deviation. */
  unrest: number;
  /** How many days tell that. */
  days: number;
}

/** As much as so many rows that confirm the scores: with few positives, scores are believed more than chance. */
const PRIOR = 4;
const ENOUGH = 1e-10;

const sigmoid = (logit: number): number => 1 / (1 + Math.exp(-logit));
export const logitOf = (score: number): number => {
  const clipped = Math.min(1 - 1e-12, Math.max(1e-12, score));
  return Math.log(clipped / (1 - clipped));
};

interface Bin {
  logit: number;
  rows: number;
  positives: number;
}

const binsIn = (bins: ScoreBins = {}): Bin[] =>
  Object.values(bins).map(([negatives, positives, scores]) => ({
    logit: logitOf(scores / (negatives + positives)),
    rows: negatives + positives,
    positives,
  }));

/** Logistic regression of the labels on the scores' logits, drawn to intercept 0 and slope 1. */
export function recalibrate(days: readonly TallyOfDay[]): Recalibration {
  const byDay = days.map(({ tally }) => binsIn(tally.bins));
  const all = byDay.flat();
  let [intercept, slope] = [0, 1];
  let [hii, his, hss] = [PRIOR, 0, PRIOR];
  for (let iteration = 0; iteration < 50; iteration++) {
    let [gi, gs] = [-PRIOR * intercept, -PRIOR * (slope - 1)];
    [hii, his, hss] = [PRIOR, 0, PRIOR];
    for (const { logit, rows, positives } of all) {
      const chance = sigmoid(intercept + slope * logit);
      const curve = rows * chance * (1 - chance);
      gi += positives - rows * chance;
      gs += (positives - rows * chance) * logit;
      hii += curve;
      his += curve * logit;
      hss += curve * logit * logit;
    }
    const determinant = hii * hss - his * his;
    const [di, ds] = [(hss * gi - his * gs) / determinant, (hii * gs - his * gi) / determinant];
    const size = Math.min(1, 2 / (Math.abs(di) + Math.abs(ds) || 1));
    intercept += size * di;
    slope += size * ds;
    if (Math.abs(di) + Math.abs(ds) < ENOUGH) break;
  }
  const { unrest, beyond } = unrestOf(byDay, intercept, slope);
  const determinant = (hii * hss - his * his) / beyond;
  // Cholesky of the inverse of the second derivatives.
  const ofIntercept = Math.sqrt(hss / determinant);
  const shared = -his / determinant / ofIntercept;
  return {
    intercept,
    slope,
    errors: [ofIntercept, shared, Math.sqrt(Math.max(0, hii / determinant - shared ** 2))],
    unrest,
    days: days.length,
  };
}

/** How much days differ beyond what chance explains, and how many times wider that makes the variance of a sum. */
function unrestOf(byDay: readonly Bin[][], intercept: number, slope: number): { unrest: number; beyond: number } {
  let [days, squares, expected, weight, ratio] = [0, 0, 0, 0, 0];
  for (const bins of byDay) {
    let [residual, variance] = [0, 0];
    for (const { logit, rows, positives } of bins) {
      const chance = sigmoid(intercept + slope * logit);
      residual += positives - rows * chance;
      variance += rows * chance * (1 - chance);
    }
    if (variance === 0) continue;
    days++;
    squares += residual ** 2;
    expected += variance;
    weight += variance ** 2;
    ratio += residual ** 2 / variance;
  }
  if (days < 3) return { unrest: 0, beyond: 1 };
  // The days were fitted by two numbers, which brought them nearer.
  const surplus = (squares * days) / (days - 2) - expected;
  return { unrest: Math.sqrt(Math.max(0, surplus / weight)), beyond: Math.max(1, ratio / (days - 1)) };
}

/** The chances of a positive at these logits. */
export const chancesAt = (
  { intercept, slope }: Pick<Recalibration, 'intercept' | 'slope'>,
  logits: readonly number[],
): number[] => logits.map((logit) => sigmoid(intercept + slope * logit));

export const daysIn = ({ from, to }: { from: string; to: string }): number =>
  Math.max(1, (Date.parse(to) - Date.parse(from)) / DAY);
