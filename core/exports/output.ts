import type { ModelArtifact } from '../model/artifact.ts';

/** What a model's last number becomes: score = activation(scale * number + shift), calibration included. */
export interface Output {
  scale: number;
  shift: number;
  activation: 'sigmoid' | 'linear';
}

export function outputOf({ calibration: { slope, intercept }, target }: ModelArtifact): Output {
  if (!target) return { scale: slope, shift: intercept, activation: 'sigmoid' };
  return { scale: slope * target.deviation, shift: slope * target.mean + intercept, activation: 'linear' };
}
