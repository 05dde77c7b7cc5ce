/** A score of 0 or 1 that proves wrong would cost infinitely much; scikit-learn clips at the same value. */
const SMALLEST = Number.EPSILON;

/** What one score costs, in nats: the negative logarithm of the probability it gave to what came. */
export function logLossOf(score: number, label: number): number {
  const given = label === 1 ? score : 1 - score;
  return -Math.log(Math.min(1 - SMALLEST, Math.max(SMALLEST, given)));
}

/**
 * The mean negative logarithm of the probability given to what came: 0 is perfect. Null without rows.
 * https://en.wikipedia.org/wiki/Cross-entropy#Cross-entropy_loss_function_and_logistic_regression
 * logLoss([0.9, 0.2], [1, 0]) // => 0.1643
 */
export function logLoss(scores: ArrayLike<number>, labels: ArrayLike<number>): number | null {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += logLossOf(scores[i]!, labels[i]!);
  return scores.length === 0 ? null : sum / scores.length;
}
