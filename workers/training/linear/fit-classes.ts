import { descend } from './lbfgs.ts';
import { dot, factorOf } from './newton.ts';
import { solve } from '../../../core/base/cholesky.ts';
import { passOver } from './passes.ts';
import { softmaxPass } from './softmax-pass.ts';
import { type EncodedSplit } from '../rows/encoded-split.ts';

/** More than this many products in making the factors of all classes: each input's own curvature has to do. */
const MOST_PRODUCTS = 2e9;

export interface ClassFit {
  /** The logarithm of each class's share in the split. */
  bases: readonly number[];
  pulse: () => Promise<void>;
  /** Told the loss of every pass. */
  onPass(loss: number): void;
}

/**
 * What fits weights to classes: those with the least mean loss plus `penalty` times the sum of their squares, the
 * constants' not among them.
 */
export async function createClassFit(split: EncodedSplit, { bases, pulse, onPass }: ClassFit) {
  const classes = bases.length;
  const inputs = split.layout.numbers.length + split.layout.levels.length + 1;
  const whole = classes * inputs ** 3 <= MOST_PRODUCTS;
  const products = whole
    ? (await passOver(split, new Float64Array(inputs), { loss: { squaredUpTo: Infinity }, curvature: true, pulse }))
        .curvature!
    : null;
  /** A class's curvature is about this share of the inputs' products. */
  const bends = bases.map((base) => Math.exp(base) * (1 - Math.exp(base)));

  return async (start: Float64Array, penalty: number): Promise<{ weights: Float64Array; passes: number }> => {
    const factors: Float64Array[] = [];
    for (const bend of bends) {
      if (products) factors.push(factorOf(products.map((product) => bend * product), inputs, 2 * penalty)); // prettier-ignore
      await pulse();
    }
    const constants = start.length - classes;
    const squares = (weights: Float64Array): number => {
      const penalised = weights.subarray(0, constants);
      return dot(penalised, penalised);
    };
    return descend(
      start,
      (gradient) => dividedBy(gradient, factors, bends, penalty),
      async (weights) => {
        const { loss, gradient } = await softmaxPass(split, weights, classes, pulse);
        onPass(loss);
        for (let i = 0; i < constants; i++) gradient[i]! += 2 * penalty * weights[i]!;
        return { loss: loss + penalty * squares(weights), gradient };
      },
    );
  };
}

/** Class by class; without factors, inputs are taken to be standardised and independent. */
function dividedBy(
  gradient: Float64Array,
  factors: readonly Float64Array[],
  bends: readonly number[],
  penalty: number,
): Float64Array {
  const classes = bends.length;
  const divided = new Float64Array(gradient.length);
  for (const [place, bend] of bends.entries()) {
    const own = Float64Array.from({ length: gradient.length / classes }, (_, i) => gradient[i * classes + place]!);
    const factor = factors[place];
    const answer = factor ? solve(factor, own) : own.map((each) => each / (bend + 2 * penalty));
    for (const [i, each] of answer.entries()) divided[i * classes + place] = each;
  }
  return divided;
}
