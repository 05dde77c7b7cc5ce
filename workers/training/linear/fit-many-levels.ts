import { dividerOf, type Arrow } from './arrow.ts';
import { descend } from './lbfgs.ts';
import { dot } from './newton.ts';
import { passOver } from './passes.ts';
import { type SingleLoss } from '../network/loss.ts';
import { type EncodedSplit } from '../rows/encoded-split.ts';

export interface ManyLevelsFit {
  loss: SingleLoss;
  pulse: () => Promise<void>;
  /** Told the loss of every pass. */
  onPass(loss: number): void;
}

/**
 * What fits weights to thousands of levels, whose curvature would be a square of them: those with the least mean loss plus
 * `penalty` times the sum of their squares, the constant's not among them.
 */
export function createFitOfManyLevels(split: EncodedSplit, arrow: Arrow, { loss, pulse, onPass }: ManyLevelsFit) {
  const share = arrow.meanLabel;
  const bend = loss === 'entropy' ? share * (1 - share) : 1;
  return (start: Float64Array, penalty: number): Promise<{ weights: Float64Array; passes: number }> =>
    descend(start, dividerOf(arrow, bend, 2 * penalty), async (weights) => {
      const { loss: own, gradient } = await passOver(split, weights, { loss, curvature: false, pulse });
      onPass(own);
      const penalised = weights.subarray(0, -1);
      for (const [i, weight] of penalised.entries()) gradient[i]! += 2 * penalty * weight;
      return { loss: own + penalty * dot(penalised, penalised), gradient };
    });
}
