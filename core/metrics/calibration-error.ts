import { rank } from './ranking.ts';

const GROUPS = 10;

/** Places of rows in ten groups of as many, from the highest scores to the lowest. Rows of equal score stay together. */
export function groupsByScore(scores: ArrayLike<number>): Uint32Array[] {
  const { order, ends } = rank(scores);
  const groups: Uint32Array[] = [];
  let from = 0;
  for (let i = 0; i < order.length; i++) {
    const isFull = i + 1 - from >= order.length / GROUPS || i + 1 === order.length;
    if (!isFull || ends[i] === 0) continue;
    groups.push(order.subarray(from, i + 1));
    from = i + 1;
  }
  return groups;
}

/**
 * How far scores lie from the share of positives, on average over ten groups by score: 0 is perfect. Null without rows.
 * https://arxiv.org/abs/1909.10155
 * Scores 0.2, 0.2, 0.9 of labels 0, 1, 1 // => 0.2333
 */
export function calibrationError(scores: ArrayLike<number>, labels: ArrayLike<number>): number | null {
  let distance = 0;
  for (const rows of groupsByScore(scores)) {
    let beyond = 0;
    for (const row of rows) beyond += scores[row]! - labels[row]!;
    distance += Math.abs(beyond);
  }
  return scores.length === 0 ? null : distance / scores.length;
}

/**
 * Of each group, from the lowest scores to the highest, its mean score and its share of positives: on a diagonal where
 * scores can be taken for probabilities.
 * https://scikit-learn.org/stable/modules/calibration.html#calibration-curves
 */
export const calibrationCurve = (scores: ArrayLike<number>, labels: ArrayLike<number>): [number, number][] =>
  groupsByScore(scores)
    .toReversed()
    .map((rows) => [meanOf(scores, rows), meanOf(labels, rows)]);

/** To four digits: shares of rare positives need as many as others. */
function meanOf(values: ArrayLike<number>, rows: Uint32Array): number {
  let sum = 0;
  for (const row of rows) sum += values[row]!;
  return Number((sum / rows.length).toPrecision(4));
}
