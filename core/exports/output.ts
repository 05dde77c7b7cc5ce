import type { ModelArtifact } from '../model/artifact.ts';

/** Lines from knot to knot, and beyond the first and the last on with this slope. */
export interface Bends {
  from: number[];
  to: number[];
  slope: number;
}

/**
 * What a model's last number becomes: score = activation(scale * number + shift), calibration included. Of classes the last
 * numbers, one of each, become probabilities together.
 */
export interface Output {
  scale: number;
  shift: number;
  /** Where the scaled number leads before the activation; absent: it stays as it is. */
  bends?: Bends;
  activation: 'sigmoid' | 'linear' | 'softmax';
}

export function outputOf({ calibration: { slope, intercept, knots }, target, classes }: ModelArtifact): Output {
  if (classes) return { scale: slope, shift: 0, activation: 'softmax' };
  if (knots) return { scale: 1, shift: 0, bends: { ...knots, slope }, activation: 'sigmoid' };
  if (!target) return { scale: slope, shift: intercept, activation: 'sigmoid' };
  return { scale: slope * target.deviation, shift: slope * target.mean + intercept, activation: 'linear' };
}
