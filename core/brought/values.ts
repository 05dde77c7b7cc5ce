import { own } from '../base/own.ts';
import type { Columns } from '../columns/index.ts';
import type { Encoding } from '../model/artifact.ts';
import { widthOf } from '../model/preprocessing.ts';

/** A weighted sum of a stage's inputs. */
export interface Unit {
  bias: number;
  weights: Map<number, number>;
}

/** A layer of the network under construction. */
export interface Stage {
  units: Unit[];
}

/** What a name in the graph stands for. */
export type Value =
  /** Sums of the outputs of the stages so far, or of the inputs where there is none. */
  | { is: 'sums'; stages: readonly Stage[]; units: readonly Unit[] }
  | { is: 'texts'; columns: readonly string[] }
  /** The probability of a positive label, or of a negative one, by its log odds. */
  | { is: 'probability'; of: 'positive' | 'negative'; stages: readonly Stage[]; logit: Unit }
  /** Of both labels. */
  | { is: 'probabilities'; stages: readonly Stage[]; logit: Unit }
  | { is: 'constant'; dims: readonly number[]; values: readonly (number | string)[] }
  /** What follows from the probabilities, as the name of the class. */
  | { is: 'label' };

export const identity = (inputs: number): Unit[] =>
  Array.from({ length: inputs }, (_, i) => ({ bias: 0, weights: new Map([[i, 1]]) }));

/** sum(units * factors) + bias. */
export function combined(units: readonly Unit[], factors: readonly number[], bias: number): Unit {
  const weights = new Map<number, number>();
  let total = bias;
  for (const [i, unit] of units.entries()) {
    const factor = factors[i]!;
    if (factor === 0) continue;
    total += factor * unit.bias;
    for (const [input, weight] of unit.weights) weights.set(input, (weights.get(input) ?? 0) + factor * weight);
  }
  return { bias: total, weights };
}

/** What the network reads: each column of the file becomes inputs. */
export interface Inputs {
  encodings: Encoding[];
  /** Adds an encoding; returns the places of its inputs. */
  add(encoding: Encoding): number[];
  /** Adds a column as one input for each of these texts. */
  addLevels(column: string, levels: string[]): number[];
  /** Says what stands for a missing value of a unit that is a column as it is; false: it is not. */
  fill(unit: Unit, value: number): boolean;
  /** A column that the file standardises is standardised before it is rounded, so that it keeps its digits. */
  standardise(unit: Unit, mean: number, deviation: number): void;
  isFilled(encoding: Encoding): boolean;
}

/** A boolean's texts in a file; pandas writes the latter. */
const BOOLEANS: Record<string, string> = { true: 'true', false: 'false', True: 'true', False: 'false' };

export function createInputs(columns: Columns): Inputs {
  const encodings: Encoding[] = [];
  const places: Encoding[] = [];
  const filled = new Set<Encoding>();
  const columnAt = ({ bias, weights }: Unit): Extract<Encoding, { kind: 'number' }> | null => {
    const [[place, weight] = [-1, 0], ...others] = weights;
    const encoding = places[place];
    return bias === 0 && weight === 1 && others.length === 0 && encoding?.kind === 'number' ? encoding : null;
  };
  const add = (encoding: Encoding): number[] => {
    encodings.push(encoding);
    return Array.from({ length: widthOf(encoding) }, () => places.push(encoding) - 1);
  };
  const asBoolean = (column: string, level: string): string => {
    const text = own(BOOLEANS, level);
    if (text) return text;
    throw new RangeError(
      `it knows "${column}" as ${JSON.stringify(level)}, which is declared as a boolean: name its levels true and false in the file`,
    );
  };
  return {
    encodings,
    add,
    addLevels(column, levels) {
      const isBoolean = own(columns, column)?.kind === 'boolean';
      return add({
        kind: 'category',
        column,
        levels: isBoolean ? levels.map((each) => asBoolean(column, each)) : levels,
      });
    },
    fill(unit, value) {
      const column = columnAt(unit);
      if (!column) return false;
      column.median = value;
      filled.add(column);
      return true;
    },
    standardise(unit, mean, deviation) {
      const column = columnAt(unit);
      if (column && deviation > 0 && Number.isFinite(deviation)) {
        Object.assign(column, { mean, deviation });
        if (!filled.has(column)) column.median = mean; // what the column usually is
      }
    },
    isFilled: (encoding) => filled.has(encoding),
  };
}
