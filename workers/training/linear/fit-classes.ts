import { arrowOf, dividerOf, hasManyLevels } from './arrow.ts';
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
  const arrow = hasManyLevels(split.layout) ? await arrowOf(split, pulse) : null;
  const whole = !arrow && classes * inputs ** 3 <= MOST_PRODUCTS;
  const products = whole
    ? (await passOver(split, new Float64Array(inputs), { loss: { squaredUpTo: Infinity }, curvature: true, pulse }))
        .curvature!
    : null;
  /** A class's curvature is about this share of the inputs' products. */
  const bends = bases.map((base) => Math.exp(base) * (1 - Math.exp(base)));

  return async (start: Float64Array, penalty: number): Promise<{ weights: Float64Array; passes: number }> => {
    const dividers: Divider[] = [];
    for (const bend of bends) {
      dividers.push(arrow ? dividerOf(arrow, bend, 2 * penalty) : dividerBy(products, inputs, bend, 2 * penalty));
      await pulse();
    }
    const constants = start.length - classes;
    const squares = (weights: Float64Array): number => {
      const penalised = weights.subarray(0, constants);
      return dot(penalised, penalised);
    };
    return descend(
      start,
      (gradient) => byClass(gradient, dividers),
      async (weights) => {
        const { loss, gradient } = await softmaxPass(split, weights, classes, pulse);
        onPass(loss);
        for (let i = 0; i < constants; i++) gradient[i]! += 2 * penalty * weights[i]!;
        return { loss: loss + penalty * squares(weights), gradient };
      },
    );
  };
}

/** Divides a gradient by an estimate of the curvature. */
type Divider = (gradient: Float64Array) => Float64Array;

/** Without products, inputs are taken to be standardised and independent. */
function dividerBy(products: Float64Array | null, inputs: number, bend: number, penalty: number): Divider {
  if (!products) return (gradient) => gradient.map((each) => each / (bend + penalty));
  const factor = factorOf(products.map((product) => bend * product), inputs, penalty); // prettier-ignore
  return (gradient) => solve(factor, gradient);
}

function byClass(gradient: Float64Array, dividers: readonly Divider[]): Float64Array {
  const classes = dividers.length;
  const divided = new Float64Array(gradient.length);
  for (const [place, divide] of dividers.entries()) {
    const own = Float64Array.from({ length: gradient.length / classes }, (_, i) => gradient[i * classes + place]!);
    for (const [i, each] of divide(own).entries()) divided[i * classes + place] = each;
  }
  return divided;
}
