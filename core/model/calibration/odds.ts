import type { DenseLayer, MemberLayer, TrainedModel } from '../artifact.ts';
import { kindOfModel } from '../kinds/kinds.ts';
import { createEncoder, inputWidth } from '../preprocessing.ts';
import { compileScorer } from '../scorer.ts';
import { decodeTrees } from '../kinds/trees.ts';
import { decodeWeights, encodeNumbers, encodeWeights } from '../numbers/weights.ts';

/**
 * A model of two classes that learnt from a share of the negatives, as if from all: positive labels were that much too
 * frequent among its rows, so its odds are too high by as much.
 * King and Zeng, "Logistic regression in rare events data", 2001: https://doi.org/10.1093/oxfordjournals.pan.a004868
 */
export function asOfAllNegatives(model: TrainedModel, share: number): TrainedModel {
  compileScorer(model); // which checks it by its probe, before that is computed anew
  const moved = withOdds(model, share);
  const { input, run } = kindOfModel(moved).compile(moved, inputWidth(moved.encodings));
  const encoder = createEncoder(moved.encodings);
  const logits = model.probe.rows.map((row) => {
    encoder.row(row, input, 0);
    return run();
  });
  return { ...moved, probe: { ...model.probe, logits }, trainedWith: { ...model.trainedWith, negatives: share } };
}

function withOdds(model: TrainedModel, share: number): TrainedModel {
  const by = Math.log(share);
  switch (model.kind) {
    case 'network':
      return { ...model, layers: movedLast(model.layers, by) };
    case 'tabm':
      return { ...model, layers: movedLast(model.layers, by) };
    case 'constant':
      return { ...model, output: model.output + by };
    case 'trees': {
      if (model.output === 'sum') return { ...model, base: model.base + by };
      // Each leaf's share of positives, counted as if all negatives were in it.
      const trees = model.splits.length;
      const base = shareOfAll(model.base, share);
      const leaves = decodeTrees(model).leaves.map(
        (leaf) => (shareOfAll(model.base + trees * leaf, share) - base) / trees,
      );
      return { ...model, base, leaves: encodeNumbers(leaves) };
    }
    case 'ensemble':
      throw new Error('an average has no odds of its own: its members have');
  }
}

function movedLast<Layer extends DenseLayer | MemberLayer>(layers: Layer[], by: number): Layer[] {
  const last = layers.at(-1)!;
  const length = Math.floor(atob(last.bias).length / 4);
  const bias = encodeWeights(decodeWeights(last.bias, length).map((each) => each + by));
  return [...layers.slice(0, -1), { ...last, bias }];
}

/** shareOfAll(0.5, 0.25) // => 0.2: of as many positives as negatives, of which three in four were left out */
export function shareOfAll(share: number, negatives: number): number {
  const positive = Math.min(1, Math.max(0, share)) * negatives;
  return positive / (1 - Math.min(1, Math.max(0, share)) + positive);
}
