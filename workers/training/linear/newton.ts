import { factorise, solve } from '../../../core/base/cholesky.ts';
import { type Pass } from './passes.ts';

/** As much above the least loss ends a fit: no metric shows it. */
const CLOSE_ENOUGH = 1e-9;
const MOST_PASSES = 60;

/**
 * The weights with the least mean loss plus `penalty` times the sum of their squares, the constant's not among them, by
 * Newton's steps from `start` on. The curvature is taken anew when steps by it no longer come close four times as fast.
 */
export async function fit(
  start: Float64Array,
  penalty: number,
  pass: (weights: Float64Array, curvature: boolean) => Promise<Pass>,
): Promise<{ weights: Float64Array; passes: number }> {
  let weights = start;
  let before: { weights: Float64Array; loss: number; above: number } | null = null;
  let factor: Float64Array | null = null;
  let anew = true;
  for (let passes = 1; ; passes++) {
    const { loss: own, gradient, curvature } = await pass(weights, anew);
    const loss = own + penalty * squares(weights);
    if (before && !(loss <= before.loss + CLOSE_ENOUGH)) {
      if (passes >= MOST_PASSES) return { weights: before.weights, passes };
      weights = between(before.weights, weights); // too far
      anew = true;
      continue;
    }
    for (let i = 0; i < gradient.length - 1; i++) gradient[i]! += 2 * penalty * weights[i]!;
    if (curvature) factor = factorOf(curvature, gradient.length, 2 * penalty);
    const step = solve(factor!, gradient);
    const above = dot(gradient, step) / 2; // about how far the loss is above its least value
    if (above < CLOSE_ENOUGH || passes >= MOST_PASSES) return { weights, passes };
    anew = before !== null && above > before.above / 4;
    before = { weights, loss, above };
    weights = weights.map((weight, i) => weight - step[i]!);
  }
}

const squares = (weights: Float64Array): number => dot(weights, weights) - weights.at(-1)! ** 2;
const between = (a: Float64Array, b: Float64Array): Float64Array => a.map((x, i) => (x + b[i]!) / 2);

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Cholesky's factor of the curvature with the penalty. Inputs that say the same twice get the smallest penalty that tells. */
export function factorOf(curvature: Float64Array, size: number, penalty: number): Float64Array {
  let mean = 0;
  for (let i = 0; i < size; i++) mean += curvature[i * size + i]! / size;
  for (let extra = 1e-12 * mean; ; extra *= 100) {
    const factor = curvature.slice();
    for (let i = 0; i < size; i++) factor[i * size + i]! += (i < size - 1 ? penalty : 0) + extra;
    if (factorise(factor, size) || !Number.isFinite(extra)) return factor;
  }
}
