/** Turns the logits of a row's classes, multiplied by `slope`, into probabilities, in their place. */
export function softmax(logits: Float64Array, slope = 1, start = 0, width = logits.length): void {
  let most = -Infinity;
  for (let i = start; i < start + width; i++) most = Math.max(most, logits[i]!);
  let sum = 0;
  for (let i = start; i < start + width; i++) sum += logits[i] = Math.exp(slope * (logits[i]! - most));
  for (let i = start; i < start + width; i++) logits[i]! /= sum;
}
