export const brierOf = (score: number, label: number): number => (score - label) ** 2;

/**
 * The mean squared distance of the score from what came: 0 is perfect. Null without rows.
 * https://en.wikipedia.org/wiki/Brier_score
 * brier([0.9, 0.2], [1, 0]) // => 0.025
 */
export function brier(scores: ArrayLike<number>, labels: ArrayLike<number>): number | null {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += brierOf(scores[i]!, labels[i]!);
  return scores.length === 0 ? null : sum / scores.length;
}
