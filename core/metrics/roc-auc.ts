import { rank, type Ranking } from './ranking.ts';

/**
 * How often a positive row scores above a negative one, equal scores counting half: 1 is perfect, 0.5 is chance.
 * Null when one of the two is missing.
 * https://en.wikipedia.org/wiki/Mann-Whitney_U_test#Area-under-curve_(AUC)_statistic_for_ROC_curves
 * rocAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]) // => 0.75
 */
export function rocAuc(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  { order, ends }: Ranking = rank(scores),
): number | null {
  // Above: positives of higher scores. Of this score: those of rows that tie.
  let [above, positives, negatives, allNegatives, pairs] = [0, 0, 0, 0, 0];
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    if (labels[row] === 1) positives++;
    else negatives++;
    if (ends[i] === 1) {
      pairs += negatives * (above + positives / 2);
      above += positives;
      allNegatives += negatives;
      positives = 0;
      negatives = 0;
    }
  }
  return above === 0 || allNegatives === 0 ? null : pairs / (above * allNegatives);
}
