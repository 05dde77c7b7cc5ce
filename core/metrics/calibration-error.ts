import { rank } from './ranking.ts';

const GROUPS = 10;

/**
 * How far scores lie from the share of positives, on average over ten groups of as many rows, from the highest scores to
 * the lowest: 0 is perfect. Rows of equal score stay together. Null without rows.
 * https://arxiv.org/abs/1909.10155
 * Scores 0.2, 0.2, 0.9 of labels 0, 1, 1 // => 0.2333
 */
export function calibrationError(scores: ArrayLike<number>, labels: ArrayLike<number>): number | null {
  const { order, ends } = rank(scores);
  if (order.length === 0) return null;
  let [rows, beyond, distance] = [0, 0, 0];
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    rows++;
    beyond += scores[row]! - labels[row]!;
    const isFull = rows >= order.length / GROUPS || i + 1 === order.length;
    if (!isFull || ends[i] === 0) continue;
    distance += Math.abs(beyond);
    [rows, beyond] = [0, 0];
  }
  return distance / order.length;
}
