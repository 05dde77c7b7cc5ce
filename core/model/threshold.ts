import { checkScored } from '../metrics/scored.ts';
import { rank } from '../metrics/ranking.ts';

/**
 * The best threshold for calling rows positive: the score with the highest F1, and of several the highest, which calls
 * the fewest. Without positives it is 0.5.
 * https://en.wikipedia.org/wiki/F-score
 */
export function bestThreshold(scores: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkScored.binary(scores, labels);
  const { order, ends } = rank(scores);
  const positives = order.reduce((sum, row) => sum + labels[row]!, 0);
  let [found, bestF1, threshold] = [0, 0, 0.5];
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    found += labels[row]!;
    const f1 = (2 * found) / (i + 1 + positives);
    if (ends[i] === 1 && f1 > bestF1) {
      bestF1 = f1;
      threshold = scores[row]!;
    }
  }
  return threshold;
}
