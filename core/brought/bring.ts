import { messageOf, UserError } from '../base/errors/errors.ts';
import { own } from '../base/own.ts';
import { nullsOf, type Column, type Columns } from '../columns/index.ts';
import type { Row } from '../data/data.ts';
import type { LabelKind } from '../data/labels/label-kinds.ts';
import type { Encoding, NetworkModel, TrainedModel } from '../model/artifact.ts';
import { createEncoder, inputWidth, UNCLIPPED } from '../model/preprocessing.ts';
import { typicalRow } from '../model/effects/typical.ts';
import { compileScorer, parseTrainedModel } from '../model/scorer.ts';
import { encodeWeights } from '../model/numbers/weights.ts';
import { createBudget, MOST_STEPS } from './budget.ts';
import { labelsIn, placesOf, turned } from './classes.ts';
import { MOST_BYTES, readOnnx, type OnnxFile, type OnnxInput } from './onnx-file.ts';
import { operators } from './operators.ts';
import { forestModel } from './trees/model.ts';
import { pathOf, type Path } from './trees/path.ts';
import { createInputs, NONE, type Inputs, type Stage, type Unit, type Value } from './values.ts';

export interface Wanted {
  /** For messages. */
  file: string;
  columns: Columns;
  label: LabelKind;
  /** For kind class, in the order of the label's declaration. */
  classes?: readonly string[] | undefined;
  /** The names of the columns of a file that takes all of them as one input, in their order. */
  named?: readonly string[] | undefined;
}

const MOST_WEIGHTS = 4_000_000;

/** The model of an ONNX file as one of ours. Throws MODEL_FILE_INVALID, which says what is not read and where. */
export function bringOnnx(bytes: Uint8Array, wanted: Wanted): TrainedModel {
  try {
    if (bytes.length > MOST_BYTES) throw new RangeError(`it has ${bytes.length} bytes, more than ${MOST_BYTES}`);
    const file = readOnnx(bytes);
    const inputs = createInputs(wanted.columns);
    const values = evaluated(file, inputs, wanted);
    const found = scoreIn(file, values, wanted.label);
    const of = {
      ...(wanted.label === 'number' && { target: { mean: 0, deviation: 1 } }),
      ...(wanted.classes && { classes: [...wanted.classes] }),
    };
    if (found.is === 'forest') {
      const forest =
        found.of === 'classes' ? turned(found.forest, placesOf(found.names, wanted.classes)) : found.forest;
      return checked(forestModel(forest, found.anyColumn, of));
    }
    checkNulls(inputs, wanted.columns);
    return checked(
      networkOf(inputs.encodings, [...found.stages, { units: lastUnits(found, wanted, labelsIn(file, values)) }], of),
    );
  } catch (error) {
    throw new UserError(
      'MODEL_FILE_INVALID',
      `${wanted.file} cannot be brought: ${messageOf(error)}. Read are linear models, dense networks and trees, of columns that ` +
        'the pipeline declares, with their scaling, filling and encoding: docs/models-elsewhere.md',
      { cause: error },
    );
  }
}

/** A model that will be read again as it is written, and that scores what the file's own sums say. */
function checked(model: TrainedModel): TrainedModel {
  compileScorer(parseTrainedModel(JSON.stringify(model)));
  return model;
}

function evaluated(file: OnnxFile, inputs: Inputs, wanted: Wanted): Map<string, Value> {
  const values = new Map<string, Value>();
  const budget = createBudget();
  for (const [name, { dims, values: numbers }] of file.constants)
    values.set(name, { is: 'constant', dims, values: numbers });
  for (const input of file.inputs) {
    if (values.has(input.name)) throw new RangeError(`it has two inputs "${input.name}"`);
    values.set(input.name, valueOf(input, file, inputs, wanted));
  }
  for (const [i, node] of file.nodes.entries()) {
    const given = node.inputs.map((name) => values.get(name));
    const known = given.filter((value) => value !== undefined);
    // What becomes of the class's name does not matter.
    const ofLabel = known.some(({ is }) => is === 'label');
    const operator = own(operators, node.operator);
    const where = `operator ${i + 1}, ${node.operator || 'without a name'},`;
    if (!ofLabel && !operator) throw new RangeError(`${where} is not read`);
    if (known.length < given.length) throw new RangeError(`${where} takes what no operator before it makes`);
    try {
      for (const value of known) budget.spend(sizeOf(value));
      const made: Value[] = ofLabel ? node.outputs.map(() => ({ is: 'label' })) : operator!({ node, values: known, inputs, budget });
      for (const value of made) budget.keep(sizeOf(value));
      for (const [o, value] of made.entries()) if (node.outputs[o]) values.set(node.outputs[o], value);
    } catch (error) {
      throw new RangeError(`${where} is not read here: ${messageOf(error)}`, { cause: error });
    }
  }
  return values;
} // prettier-ignore

function sizeOf(value: Value): number {
  switch (value.is) {
    case 'sums':
    case 'classes':
      return value.units.reduce((sum, { weights }) => sum + 1 + weights.size, 1);
    case 'probability':
    case 'probabilities':
      return 1 + value.logit.weights.size;
    case 'texts':
      return value.columns.length;
    case 'constant':
      return value.values.length;
    case 'forest': // counted when it was made
    case 'label':
      return 1;
  }
}

function valueOf(input: OnnxInput, file: OnnxFile, inputs: Inputs, { columns, named }: Wanted): Value {
  const { name, type } = input;
  const single = own(columns, name);
  const names = single && input.width !== null && input.width <= 1 ? [name] : file.inputs.length === 1 ? named : undefined;
  if (!names)
    throw new RangeError(
      file.inputs.length > 1 || single
        ? `its input "${name}" is no column of the pipeline, whose columns are ${Object.keys(columns).join(', ')}`
        : `its one input "${name}" takes all columns: name them in their order with --columns`,
    );
  if (input.width !== null && input.width !== names.length)
    throw new RangeError(`its input "${name}" takes ${input.width} columns, and ${names.length} are named`);
  if (type === 'text') return { is: 'texts', columns: names.map((column) => checkedText(column, own(columns, column))) };
  if (type === 'other') throw new RangeError(`its input "${name}" takes neither numbers nor texts`);
  const units = names.map((column): Unit => {
    const [place] = inputs.add(encodingOf(column, own(columns, column)));
    return { bias: 0, weights: new Map([[place!, 1]]), path: numberPath(column, own(columns, column)!, input.isDouble) };
  });
  return { is: 'sums', stages: NONE, units };
} // prettier-ignore

function checkedText(name: string, column: Column | undefined): string {
  if (column && ['category', 'boolean'].includes(column.kind)) return name;
  throw new RangeError(column ? `it takes "${name}" as a text, which is declared as ${column.kind}` : `"${name}" is no column of the pipeline`);
} // prettier-ignore

/** A column as a plain number. */
function encodingOf(name: string, column: Column | undefined): Encoding {
  switch (column?.kind) {
    case 'number':
    case 'hour':
      return { kind: 'number', column: name, transform: 'identity', median: 0, mean: 0, deviation: 1, flagMissing: false, furthest: UNCLIPPED };
    case 'boolean':
      return { kind: 'category', column: name, levels: ['true'] };
    case 'category':
      throw new RangeError(`it takes "${name}" as a number, which is declared as a category: encode it in the file`);
    case undefined:
      throw new RangeError(`"${name}" is no column of the pipeline`);
  }
} // prettier-ignore

/** A boolean is 1 or 0, and NaN where it is missing. */
const numberPath = (name: string, { kind }: Column, isDouble: boolean): Path =>
  kind === 'boolean'
    ? pathOf(name, { known: new Map([['false', 0], ['true', 1]]), other: NaN }) // prettier-ignore
    : pathOf(name, null, isDouble);

/** Ours fill in what is missing; a model that does not say with what was never asked. */
function checkNulls({ encodings, isFilled }: Inputs, columns: Columns): void {
  for (const encoding of encodings)
    if (encoding.kind === 'number' && !isFilled(encoding) && nullsOf(columns[encoding.column]!) > 0)
      throw new RangeError(
        `"${encoding.column}" may be null, and the file does not say what stands for a missing value: add an imputer`,
      );
}

function scoreIn({ outputs }: OnnxFile, values: Map<string, Value>, label: LabelKind) {
  const found = outputs.map((name) => values.get(name)).filter((value) => value !== undefined);
  for (const value of found) {
    if (value.is === 'forest' && label === kindOf(value.of)) return value;
    if (label === 'binary' && (value.is === 'probabilities' || (value.is === 'probability' && value.of === 'positive')))
      return value;
    if (label === 'number' && value.is === 'sums' && value.units.length === 1) return value;
    if (label === 'class' && value.is === 'classes') return value;
  }
  throw new RangeError(`none of its outputs (${outputs.join(', ')}) is ${scores[label]}`);
}

const scores: Record<LabelKind, string> = {
  binary: 'the probability of a positive label',
  number: 'one number',
  class: 'the probabilities of three classes or more',
};

function kindOf(of: Extract<Value, { is: 'forest' }>['of']): LabelKind {
  return of === 'number' ? 'number' : of === 'classes' ? 'class' : 'binary';
}

function lastUnits(
  found: Exclude<ReturnType<typeof scoreIn>, { is: 'forest' }>,
  wanted: Wanted,
  labels: readonly string[] | null,
): Unit[] {
  if (found.is === 'sums') return [...found.units];
  if (found.is !== 'classes') return [found.logit];
  return placesOf(found.names ?? labels, wanted.classes, found.units.length).map((place) => found.units[place]!);
}

function networkOf(encodings: Encoding[], stages: Stage[], of: Pick<NetworkModel, 'target' | 'classes'>): NetworkModel {
  const weights = weightsOf(encodings, stages);
  if (weights > MOST_WEIGHTS) throw new RangeError(`its layers have more than ${MOST_WEIGHTS} weights`);
  let place = 0;
  const scaled = encodings.flatMap((encoding) => {
    const at = place;
    place += inputWidth([encoding]);
    return encoding.kind === 'number' ? [{ ...encoding, place: at }] : [];
  });
  // The first layer reads numbers as their encodings standardise them.
  const [first, ...rest] = stages;
  const units = first!.units.map(({ bias, weights }) => {
    const moved = { bias, weights: new Map(weights) };
    for (const { place, mean, deviation } of scaled) {
      const weight = weights.get(place) ?? 0;
      moved.bias += weight * mean;
      if (weight !== 0) moved.weights.set(place, weight * deviation);
    }
    return moved;
  });
  let inputs = inputWidth(encodings);
  const layers = [{ units }, ...rest].map(({ units }, i, { length }) => {
    const layer = { inputs, units: units.length, activation: i === length - 1 ? ('linear' as const) : ('relu' as const) };
    const kernel = new Float32Array(inputs * units.length);
    for (const [u, { weights }] of units.entries())
      for (const [input, weight] of weights) kernel[input * units.length + u] = weight;
    const bias = Float32Array.from(units, (unit) => unit.bias);
    if (!kernel.every(Number.isFinite) || !bias.every(Number.isFinite)) throw new RangeError(`layer ${i + 1} has weights that are not finite`);
    inputs = units.length;
    return { ...layer, kernel: encodeWeights(kernel), bias: encodeWeights(bias) };
  });
  const rows = probeRows(encodings).slice(0, Math.max(1, Math.floor(MOST_STEPS / weights)));
  return {
    kind: 'network',
    layers,
    encodings,
    ...of,
    probe: { rows, logits: summed([{ units }, ...rest], encodings, rows) },
    trainedWith: { backend: 'none', epochs: 0, rows: 0, seconds: 0 },
  };
} // prettier-ignore

/** Of the layers, once for all: a small file can describe large ones. */
function weightsOf(encodings: Encoding[], stages: Stage[]): number {
  const widths = [inputWidth(encodings), ...stages.map(({ units }) => units.length)];
  return stages.reduce((sum, _, i) => sum + widths[i]! * widths[i + 1]!, 0);
}

/** The typical row, and for each column one in which it differs. */
function probeRows(encodings: Encoding[]): Row[] {
  const usual = typicalRow(encodings);
  return [
    usual,
    ...encodings.map((encoding) => ({
      ...usual,
      [encoding.column]: encoding.kind === 'number' ? encoding.mean + encoding.deviation : encoding.kind === 'category' ? (encoding.levels.at(-1) ?? null) : 1,
    })),
  ];
} // prettier-ignore

/** The sums as the file has them, against which the compiled network is checked whenever it is loaded. */
function summed(stages: Stage[], encodings: Encoding[], rows: Row[]): number[] {
  const encoder = createEncoder(encodings);
  const encoded = new Float32Array(encoder.width);
  return rows.flatMap((row) => {
    encoder.row(row, encoded, 0);
    return stages.reduce<number[]>(
      (numbers, { units }, i) =>
        units.map(({ bias, weights }) => {
          let sum = bias;
          for (const [input, weight] of weights) sum += weight * numbers[input]!;
          return i < stages.length - 1 ? Math.max(0, sum) : sum;
        }),
      [...encoded],
    );
  });
}
