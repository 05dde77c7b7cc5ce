import { createRandom } from '../base/random.ts';

/** How far each group of columns moved a row's score away from the score of the typical row. */
export interface Effects {
  /** The score of the typical row: this plus all effects is the row's own score. */
  typicalScore: number;
  /** By group, in the score's own unit; positive: it raised the score. */
  effects: Float64Array;
}

/** A stretch of a model's inputs, [start, end), that belongs to one column. */
export type InputRange = readonly [start: number, end: number];

export interface EffectsParts {
  /** What the typical row becomes as inputs. */
  typical: Float32Array;
  /** The inputs of each group. */
  groups: readonly (readonly InputRange[])[];
  /** The model's output for these inputs, which it does not change. */
  outputOf(inputs: Float32Array): number;
  /** The score of an output: monotonic and smooth. */
  scoreOf(output: number): number;
  /** The output is a sum over inputs, so that the order does not matter. */
  additive: boolean;
}

/** Orders in which columns join. Each is followed by its reverse, which is exact while only pairs of columns interact. */
const PAIRS_OF_ORDERS = 16;
/** Outputs closer than this differ by rounding. */
const SAME_OUTPUT = 1e-6;

/**
 * Shapley values of the model's output, estimated over the orders in which the row's columns may take the places of the
 * typical ones, then shared out in proportion in the unit of the score. In each order the differences add up to the
 * whole, so the estimates do too. Models that sum their inputs get exact values from one order. Štrumbelj and
 * Kononenko, "Explaining prediction models and individual predictions with feature contributions", 2014:
 * https://doi.org/10.1007/s10115-013-0679-x
 */
export function createEffects({ typical, groups, outputOf, scoreOf, additive }: EffectsParts) {
  const typicalOutput = outputOf(typical);
  const typicalScore = scoreOf(typicalOutput);
  const orders = additive ? [groups.map((_group, i) => i)] : ordersOf(groups.length);
  const mixed = new Float32Array(typical.length);

  return (inputs: Float32Array): Effects => {
    const effects = new Float64Array(groups.length);
    const moved = groups.map((ranges) =>
      ranges.some(([start, end]) => {
        for (let i = start; i < end; i++) if (inputs[i] !== typical[i]) return true;
        return false;
      }),
    );
    for (const order of orders) {
      mixed.set(typical);
      let before = typicalOutput;
      for (const group of order) {
        if (!moved[group]) continue;
        for (const [start, end] of groups[group]!) mixed.set(inputs.subarray(start, end), start);
        const output = outputOf(mixed);
        effects[group]! += output - before;
        before = output;
      }
    }
    const output = outputOf(inputs);
    const unit = unitOf(typicalOutput, output, scoreOf) / orders.length;
    for (let i = 0; i < effects.length; i++) effects[i]! *= unit;
    return { typicalScore, effects };
  };
}

/** How much score comes with one of output, between two outputs. */
function unitOf(from: number, to: number, scoreOf: (output: number) => number): number {
  if (Math.abs(to - from) > SAME_OUTPUT) return (scoreOf(to) - scoreOf(from)) / (to - from);
  const step = 1e-3;
  return (scoreOf(from + step) - scoreOf(from - step)) / (2 * step);
}

/** The same orders for every row, so that equal rows have equal reasons. */
function ordersOf(count: number): number[][] {
  const random = createRandom('reasons');
  return Array.from({ length: PAIRS_OF_ORDERS }, () => {
    const order = random.shuffle(Array.from({ length: count }, (_, i) => i));
    return [order, order.toReversed()];
  }).flat();
}
