import { checkScored, widthOf } from '../../metrics/scored.ts';

const LEAST = 1e-3;
const MOST = 1e3;
const ENOUGH = 1e-10;

/**
 * Temperature scaling: the slope for which softmax(slope * logits) fits the labels best, by Newton's method; 1 / slope is
 * the temperature. It never changes which class is the likeliest. Targets are drawn in from 0 and 1, as Platt's are, so
 * that perfectly separated rows do not end in certainty.
 * Guo et al., "On calibration of modern neural networks", 2017: https://proceedings.mlr.press/v70/guo17a.html
 */
export function temperatureSlope(logits: ArrayLike<number>, labels: ArrayLike<number>): number {
  checkScored.class(logits, labels);
  const [rows, width] = [labels.length, widthOf(logits, labels)];
  if (rows === 0) return 1;
  const counts = new Float64Array(width);
  for (let row = 0; row < rows; row++) counts[labels[row]!]!++;
  const powers = new Float64Array(width);

  /** Of the mean loss: its value, and its first and second derivative. */
  function at(slope: number): { loss: number; rise: number; bend: number } {
    let [loss, rise, bend] = [0, 0, 0];
    for (let row = 0; row < rows; row++) {
      const start = row * width;
      const label = labels[row]!;
      let most = -Infinity;
      for (let i = 0; i < width; i++) most = Math.max(most, slope * logits[start + i]!);
      let sum = 0;
      for (let i = 0; i < width; i++) sum += powers[i] = Math.exp(slope * logits[start + i]! - most);
      const others = 1 / (counts[label]! + width);
      const own = 1 - (width - 1) * others;
      let [mean, squares, wanted] = [0, 0, 0];
      for (let i = 0; i < width; i++) {
        const logit = logits[start + i]!;
        const share = powers[i]! / sum;
        mean += share * logit;
        squares += share * logit * logit;
        wanted += (i === label ? own : others) * logit;
      }
      loss += most + Math.log(sum) - slope * wanted;
      rise += mean - wanted;
      bend += squares - mean * mean;
    }
    return { loss: loss / rows, rise: rise / rows, bend: bend / rows };
  }

  let slope = 1;
  let here = at(slope);
  for (let iteration = 0; iteration < 100 && Math.abs(here.rise) > ENOUGH && here.bend > 0; iteration++) {
    let step = here.rise / here.bend;
    let next = { slope, ...here };
    for (; Math.abs(step) > ENOUGH * slope; step /= 2) {
      const tried = Math.min(MOST, Math.max(LEAST, slope - step));
      next = { slope: tried, ...at(tried) };
      if (next.loss < here.loss) break;
    }
    if (!(next.loss < here.loss)) break;
    slope = next.slope;
    here = next;
  }
  return slope;
}
