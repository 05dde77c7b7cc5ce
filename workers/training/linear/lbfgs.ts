import { dot } from './newton.ts';
import { type Pass } from './passes.ts';

/** About as much above the least loss ends a fit: no metric shows it. */
const CLOSE_ENOUGH = 1e-9;
const MOST_PASSES = 300;
/** Steps that tell of the curvature. */
const REMEMBERED = 12;
/** A step has to lower the loss by this share of what its slope promises. */
const PROMISED = 1e-4;

interface Step {
  moved: Float64Array;
  turned: Float64Array;
  /** 1 / (moved . turned) */
  scale: number;
}

/**
 * The weights with the least loss, by steps whose curvature is learnt from the steps before, beginning with an estimate of
 * it. Nocedal and Wright, "Numerical optimization", 2006, algorithm 7.5.
 */
export async function descend(
  start: Float64Array,
  /** Divides a gradient by an estimate of the curvature. */
  estimate: (gradient: Float64Array) => Float64Array,
  pass: (weights: Float64Array) => Promise<Pick<Pass, 'loss' | 'gradient'>>,
): Promise<{ weights: Float64Array; passes: number }> {
  const steps: Step[] = [];
  let weights = start;
  let here = await pass(weights);
  let passes = 1;
  for (;;) {
    const direction = directionOf(here.gradient, steps, estimate);
    const slope = dot(here.gradient, direction);
    if (slope / 2 < CLOSE_ENOUGH || passes >= MOST_PASSES) return { weights, passes };
    let size = 1;
    let [next, found] = [weights, here];
    for (;;) {
      next = weights.map((weight, i) => weight - size * direction[i]!);
      found = await pass(next);
      passes++;
      if (found.loss <= here.loss - PROMISED * size * slope) break;
      // As good as sums of this many rows can tell.
      if (passes >= MOST_PASSES || size * slope < CLOSE_ENOUGH) return { weights, passes };
      // Where a parabola through both losses is least, and not much nearer.
      const least = (size * slope) / (2 * (found.loss - here.loss + size * slope));
      size *= Math.max(0.1, Math.min(0.5, least));
    }
    const moved = next.map((weight, i) => weight - weights[i]!);
    const turned = found.gradient.map((of, i) => of - here.gradient[i]!);
    const along = dot(moved, turned);
    if (along > 0) steps.push({ moved, turned, scale: 1 / along });
    if (steps.length > REMEMBERED) steps.shift();
    [weights, here] = [next, found];
  }
}

/** The gradient divided by the curvature, as the steps tell it. */
function directionOf(
  gradient: Float64Array,
  steps: readonly Step[],
  estimate: (gradient: Float64Array) => Float64Array,
): Float64Array {
  const left = gradient.slice();
  const shares = steps.map(() => 0);
  for (let i = steps.length - 1; i >= 0; i--) {
    const { moved, turned, scale } = steps[i]!;
    shares[i] = scale * dot(moved, left);
    for (let j = 0; j < left.length; j++) left[j]! -= shares[i]! * turned[j]!;
  }
  const direction = estimate(left);
  for (const [i, { moved, turned, scale }] of steps.entries()) {
    const back = scale * dot(turned, direction);
    for (let j = 0; j < direction.length; j++) direction[j]! += (shares[i]! - back) * moved[j]!;
  }
  return direction;
}
