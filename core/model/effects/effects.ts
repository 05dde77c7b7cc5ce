import { createRandom } from '../../base/random.ts';
import type { ExactExplanation } from '../kinds/kinds.ts';
import { shapleyValues } from './shapley-values.ts';

/** How far each group of columns moved a row's score away from where effects begin. */
export interface Effects {
  /**
   * Where effects begin: the score of the typical row, or that of the mean output over the rows that the model learnt
   * from. This plus all effects is the row's own score.
   */
  typicalScore: number;
  from: ExactExplanation['from'];
  /** Whether the effects are Shapley values, or estimates of them. */
  exact: boolean;
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
  /** The model's own exact values; null: it can only be run. */
  exact: ExactExplanation | null;
}

/** Orders in which columns join. Each is followed by its reverse, which is exact while only pairs of columns interact. */
const PAIRS_OF_ORDERS = 16;
/** With so many columns that differ, running all combinations takes no longer than the orders. */
const MOST_COMBINED = 8;
/** Outputs closer than this differ by rounding. */
const SAME_OUTPUT = 1e-6;

/** Shapley values of the model's output, shared out in proportion in the unit of the score. */
export function createEffects(parts: EffectsParts): (inputs: Float32Array) => Effects {
  return parts.exact ? exactEffects(parts, parts.exact) : effectsByRuns(parts);
}

/** The inputs' own values, summed up to groups. */
function exactEffects({ typical, groups, scoreOf }: EffectsParts, exact: ExactExplanation) {
  const { base, from, logitOf, of } = exact;
  const finished = (sum: number): number => scoreOf(logitOf(sum));
  const typicalScore = finished(base);
  const byInput = new Float64Array(typical.length);
  return (inputs: Float32Array): Effects => {
    byInput.fill(0);
    const sum = of(inputs, byInput);
    const unit = unitOf(base, sum, finished);
    const effects = Float64Array.from(groups, (ranges) => {
      let total = 0;
      for (const [start, end] of ranges) for (let i = start; i < end; i++) total += byInput[i]!;
      return unit * total;
    });
    return { typicalScore, from, exact: true, effects };
  };
}

/**
 * The row's columns take the places of the typical ones: in all combinations where few differ, otherwise in some orders.
 * In each order the differences add up to the whole, so the estimates do too. Models that sum their inputs get exact
 * values from one order. Štrumbelj and Kononenko, "Explaining prediction models and individual predictions with feature
 * contributions", 2014: https://doi.org/10.1007/s10115-013-0679-x
 */
function effectsByRuns({ typical, groups, outputOf, scoreOf, additive }: EffectsParts) {
  const typicalOutput = outputOf(typical);
  const typicalScore = scoreOf(typicalOutput);
  const orders = additive ? [groups.map((_group, i) => i)] : ordersOf(groups.length);
  const mixed = new Float32Array(typical.length);
  const differs = (inputs: Float32Array, ranges: readonly InputRange[]): boolean =>
    ranges.some(([start, end]) => {
      for (let i = start; i < end; i++) if (inputs[i] !== typical[i]) return true;
      return false;
    });

  return (inputs: Float32Array): Effects => {
    const effects = new Float64Array(groups.length);
    const isMoved = groups.map((ranges) => differs(inputs, ranges));
    const moved = groups.flatMap((_, group) => (isMoved[group] ? [group] : []));
    const join = (group: number): void => {
      for (const [start, end] of groups[group]!) mixed.set(inputs.subarray(start, end), start);
    };
    const combined = !additive && moved.length <= MOST_COMBINED;
    if (combined) {
      const values = shapleyValues(moved.length, (present) => {
        mixed.set(typical);
        for (const [place, group] of moved.entries()) if ((present >> place) & 1) join(group);
        return outputOf(mixed);
      });
      for (const [place, group] of moved.entries()) effects[group] = values[place]!;
    } else
      for (const order of orders) {
        mixed.set(typical);
        let before = typicalOutput;
        for (const group of order) {
          if (!isMoved[group]) continue;
          join(group);
          const output = outputOf(mixed);
          effects[group]! += (output - before) / orders.length;
          before = output;
        }
      }
    const unit = unitOf(typicalOutput, outputOf(inputs), scoreOf);
    for (let i = 0; i < effects.length; i++) effects[i]! *= unit;
    return { typicalScore, from: 'typical', exact: additive || combined, effects };
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
