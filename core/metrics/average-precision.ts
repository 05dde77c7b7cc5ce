import { rank, type Ranking } from './ranking.ts';

/**
 * The precision at each score, weighted by the recall that it adds: 1 is perfect, the share of positives is chance.
 * Null without positives.
 * https://scikit-learn.org/stable/modules/generated/sklearn.metrics.average_precision_score.html
 * averagePrecision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) // => 0.8333
 */
export function averagePrecision(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  { order, ends }: Ranking = rank(scores),
): number | null {
  let [rows, positives, counted, sum] = [0, 0, 0, 0];
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    rows++;
    positives += labels[row]!;
    if (ends[i] === 1 && positives > counted) {
      sum += ((positives - counted) * positives) / rows;
      counted = positives;
    }
  }
  return positives === 0 ? null : sum / positives;
}
