import { own } from '../base/own.ts';
import type { Columns } from '../columns/index.ts';
import type { Encoding } from '../model/artifact.ts';
import { widthOf } from '../model/preprocessing.ts';
import type { Forest } from './trees/model.ts';
import type { Path } from './trees/path.ts';

/** A weighted sum of a stage's inputs. */
export interface Unit {
  bias: number;
  weights: Map<number, number>;
  /** How it is computed, where it is made of one column alone; trees need it exactly. */
  path?: Path;
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
  /** Of several classes, by the sums that a softmax makes them of, with their names where the file tells these. */
  | { is: 'classes'; stages: readonly Stage[]; units: readonly Unit[]; names: readonly string[] | null }
  | { is: 'constant'; dims: readonly number[]; values: readonly (number | string)[] }
  /** What trees say: a number, the probability of a positive label, or those of both, or of several classes. */
  | { is: 'forest'; of: 'number' | 'probability' | 'probabilities'; forest: Forest; anyColumn: Path }
  | { is: 'forest'; of: 'classes'; forest: Forest; anyColumn: Path; names: readonly string[] }
  /** What follows from the probabilities, as the name of the class. */
  | { is: 'label' };

export type Sums = Extract<Value, { is: 'sums' }>;

/** A RangeError says why a node is not read; the caller adds which. */
export const refuse = (why: string): never => {
  throw new RangeError(why);
};

export const titles: Record<Value['is'], string> = {
  sums: 'numbers',
  texts: 'texts',
  probability: 'a probability',
  probabilities: 'probabilities',
  classes: 'probabilities',
  constant: 'a constant',
  forest: 'what trees say',
  label: 'a label',
};

export function sumsIn(value: Value | undefined): Sums {
  return value?.is === 'sums' ? value : refuse(`it takes ${value ? titles[value.is] : 'nothing'} where numbers belong`);
}

/** The stages before any layer, so that columns can be joined. */
export const NONE: readonly [] = [];

/** How many numbers or texts of a row. */
export function lengthOf(value: Value): number {
  switch (value.is) {
    case 'sums':
      return value.units.length;
    case 'texts':
      return value.columns.length;
    case 'constant':
      return value.values.length;
    case 'classes':
      return value.units.length;
    case 'forest':
      return value.of === 'classes' ? value.names.length : value.of === 'probabilities' ? 2 : 1;
    case 'probabilities':
      return 2;
    case 'probability':
    case 'label':
      return 1;
  }
}

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
  /** Adds a column as one input for each of these texts, which our rows may call by other names. */
  addLevels(column: string, levels: string[]): { places: number[]; names: string[] };
  /** Says what stands for a missing value of a unit that is a column as it is; false: it is not. */
  fill(unit: Unit, value: number): boolean;
  /** The same of a unit that is made of a column of texts. */
  fillLevels(unit: Unit, path: Path, value: number): Unit;
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
      const names = isBoolean ? levels.map((each) => asBoolean(column, each)) : levels;
      return { places: add({ kind: 'category', column, levels: names }), names };
    },
    fill(unit, value) {
      const column = columnAt(unit);
      if (!column) return false;
      column.median = value;
      filled.add(column);
      return true;
    },
    fillLevels(unit, { column, levels, compute }, value) {
      const { known, other } = levels!;
      if (!Number.isNaN(other)) return unit; // nothing is missing
      const places = add({ kind: 'category', column, levels: [...known.keys()] });
      return {
        bias: value,
        weights: new Map([...known.values()].map((each, i) => [places[i]!, compute(each) - value])),
      };
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
