import type { Bends } from './output.ts';

/** Straight lines between knots as two dense layers: units that begin to count at each knot, and their sum. */
export interface BendLayers {
  /** unit = max(0, sign * number + shift) */
  signs: number[];
  shifts: number[];
  /** Their weights in the sum. */
  weights: number[];
  start: number;
}

export function layersOfBends({ from, to, slope }: Bends): BendLayers {
  const slopes = from.map((x, k) => (k === from.length - 1 ? slope : (to[k + 1]! - to[k]!) / (from[k + 1]! - x)));
  return {
    // The first unit is the line below the first knot.
    signs: [-1, ...from.map(() => 1)],
    shifts: [from[0]!, ...from.map((x) => -x)],
    weights: [-slope, ...slopes.map((own, k) => (k === 0 ? own : own - slopes[k - 1]!))],
    start: to[0]!,
  };
}
