import { checkScored } from '../../metrics/scored.ts';

/**
 * Platt scaling: the slope and intercept for which sigmoid(slope * logit + intercept) fits the labels best, by Newton's
 * method with step halving. Targets are drawn in from 0 and 1, so that perfectly separated rows do not end in certainty.
 * Lin, Lin and Weng, "A note on Platt's probabilistic outputs", 2007: https://doi.org/10.1007/s10994-007-5018-6
 */
export function platt(logits: ArrayLike<number>, labels: ArrayLike<number>): { slope: number; intercept: number } {
  checkScored.binary(logits, labels);
  let positives = 0;
  for (let i = 0; i < labels.length; i++) positives += labels[i]!;
  const negatives = labels.length - positives;
  const [high, low] = [(positives + 1) / (positives + 2), 1 / (negatives + 2)];
  const target = (i: number): number => (labels[i] === 1 ? high : low);

  const cost = (slope: number, intercept: number): number => {
    let sum = 0;
    for (let i = 0; i < logits.length; i++) {
      const z = slope * logits[i]! + intercept;
      sum += Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))) - target(i) * z;
    }
    return sum;
  };

  let [slope, intercept] = [0, Math.log((positives + 1) / (negatives + 1))];
  let best = cost(slope, intercept);
  for (let iteration = 0; iteration < 100; iteration++) {
    let [gs, gi, hss, hsi, hii] = [0, 0, RIDGE, 0, RIDGE];
    for (let i = 0; i < logits.length; i++) {
      const x = logits[i]!;
      const p = 1 / (1 + Math.exp(-(slope * x + intercept)));
      const error = p - target(i);
      const curve = p * (1 - p);
      gs += error * x;
      gi += error;
      hss += curve * x * x;
      hsi += curve * x;
      hii += curve;
    }
    if (Math.max(Math.abs(gs), Math.abs(gi)) < ENOUGH * Math.max(1, logits.length)) break;
    const determinant = hss * hii - hsi * hsi;
    const stepSlope = (gi * hsi - gs * hii) / determinant;
    const stepIntercept = (gs * hsi - gi * hss) / determinant;

    let size = 1;
    let next = cost(slope + stepSlope, intercept + stepIntercept);
    while (!(next < best) && size > SMALLEST_STEP) {
      size /= 2;
      next = cost(slope + size * stepSlope, intercept + size * stepIntercept);
    }
    if (!(next < best)) break; // as good as numbers of this width can tell
    slope += size * stepSlope;
    intercept += size * stepIntercept;
    best = next;
  }
  return { slope, intercept };
}

const RIDGE = 1e-12; // keeps the Hessian invertible when all logits are equal
const ENOUGH = 1e-12;
const SMALLEST_STEP = 1e-10;
