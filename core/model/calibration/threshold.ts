import { checkScored } from '../../metrics/scored.ts';
import { rank } from '../../metrics/ranking.ts';

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

/** What a threshold is to serve: the least cost, enough precision, or no more positives a day than people can look at. */
export type ThresholdAim =
  { costs: { falsePositive: number; falseNegative: number } } | { precision: number } | { perDay: number };

/**
 * The threshold that serves the aim best on these rows of `days` days. Of a precision that no threshold reaches, the
 * nearest; 1 where nothing should be called positive.
 */
export function thresholdFor(
  aim: ThresholdAim,
  { scores, labels, days }: { scores: ArrayLike<number>; labels: ArrayLike<number>; days: number },
): number {
  checkScored.binary(scores, labels);
  const { order, ends } = rank(scores);
  const positives = order.reduce((sum, row) => sum + labels[row]!, 0);
  const worthOf = (found: number, called: number): number => {
    if ('costs' in aim)
      return -(aim.costs.falsePositive * (called - found) + aim.costs.falseNegative * (positives - found));
    if ('perDay' in aim) return called <= aim.perDay * days ? called : -1;
    const precision = called === 0 ? 0 : found / called;
    return precision >= aim.precision ? 1 + found : precision;
  };
  let [found, best, threshold] = [0, worthOf(0, 0), 1];
  for (let i = 0; i < order.length; i++) {
    found += labels[order[i]!]!;
    if (ends[i] === 0) continue;
    const worth = worthOf(found, i + 1);
    if (worth > best) [best, threshold] = [worth, scores[order[i]!]!];
  }
  return threshold;
}
