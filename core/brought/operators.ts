import type { OnnxNode } from './onnx-file.ts';
import type { Budget } from './budget.ts';
import { pathOf, stepped } from './trees/path.ts';
import { treeOperators } from './trees/operators.ts';
import {
  combined,
  identity,
  lengthOf,
  NONE,
  refuse,
  sumsIn,
  titles,
  type Inputs,
  type Sums,
  type Unit,
  type Value,
} from './values.ts';

export interface Operation {
  node: OnnxNode;
  values: Value[];
  inputs: Inputs;
  budget: Budget;
}

/** Of one operator, which can double what the one before it made. */
const MOST_UNITS = 10_000;
const fewEnough = (units: number): void => {
  if (units > MOST_UNITS) refuse(`it makes more than ${MOST_UNITS} numbers`);
};

/** Of onnx.proto3. */
const TYPES = { float: 1, text: 8, double: 11 };

/** Values are rows of columns, and only columns are joined, picked or compared. */
function ofColumns({ attributes }: OnnxNode, usual = 0): void {
  const axis = attributes.number('axis') ?? usual;
  if (axis !== 1 && axis !== -1) refuse(`it is along axis ${axis}, not along the columns (1)`);
}

/** What each operator makes of its values: one for each of its outputs. */
export const operators: Record<string, (operation: Operation) => Value[]> = {
  Identity: ({ values }) => [values[0]!],
  Cast({ node: { attributes }, values: [value] }) {
    const to = attributes.number('to') ?? 0;
    const keeps = value?.is === 'texts' ? to === TYPES.text : [TYPES.float, TYPES.double].includes(to);
    if (value?.is === 'sums' && keeps) return [{ ...value, units: value.units.map((unit) => cast(unit, to === TYPES.double)) }];
    return keeps ? [value!] : refuse(`it casts ${value ? titles[value.is] : 'nothing'} to type ${to}`);
  },
  Reshape({ node: { attributes }, values: [value, wanted] }) {
    const shape = wanted ? constant(wanted) : attributes.numbers('shape');
    if (attributes.number('allowzero')) refuse('it takes 0 to mean no rows');
    const [rows, ...others] = shape;
    const width = value ? lengthOf(value) : 0;
    const [columns] = others.length === 0 ? [rows === -1 ? 1 : NaN] : others;
    const keepsRows = others.length <= 1 && (columns === width ? rows === -1 || rows === 0 : rows === 0 && columns === -1);
    return keepsRows ? [value!] : refuse(`it makes ${shape.join(' x ') || 'nothing'} of rows of ${width}`);
  },
  Flatten({ node, values }) {
    ofColumns(node, 1);
    return [values[0]!];
  },
  'ai.onnx.ml.ZipMap'({ node: { attributes }, values: [value] }) {
    const names = [...attributes.numbers('classlabels_int64s').map(String), ...attributes.texts('classlabels_strings')];
    return [value?.is === 'classes' && names.length > 0 ? { ...value, names } : value!];
  },
  'ai.onnx.ml.Normalizer'({ node: { attributes }, values: [value] }) {
    if (!value || !areProbabilities(value)) return refuse('it rescales each row');
    const norm = attributes.text('norm') ?? 'MAX';
    return norm === 'L1' ? [value] : refuse(`it rescales probabilities so that they do not add up to 1 (norm ${norm})`);
  },
  ArgMax: ({ values }) => (values[0] && areProbabilities(values[0]) ? [{ is: 'label' }] : refuse('it is not of the probabilities')),

  Concat({ node, values }) {
    ofColumns(node);
    return joined(values);
  },
  'ai.onnx.ml.FeatureVectorizer': ({ values }) => joined(values),
  Gather({ node, values }) {
    const places = constant(values[1]);
    fewEnough(places.length);
    const pick = <T>(list: readonly T[]): T[] => places.map((place) => list[place] ?? refuse(`there is no column ${place}`));
    ofColumns(node, 0);
    const [from] = values;
    return from?.is === 'texts' ? [{ ...from, columns: pick(from.columns) }] : [{ ...sumsIn(from), units: pick(sumsIn(from).units) }];
  },
  'ai.onnx.ml.ArrayFeatureExtractor'({ values: [from, indices] }) {
    if (indices?.is === 'label') return [indices];
    const [x, places] = [sumsIn(from), constant(indices)];
    fewEnough(places.length);
    return [{ ...x, units: places.map((i) => x.units[i] ?? refuse(`there is no column ${i}`)) }];
  },

  Add: ({ values }) => [elementwise(values, (x, c) => moved(x, 1, c, (n) => n + c), true)],
  Mul({ values }) {
    const probabilities = values.find((value) => value.is === 'forest' || areProbabilities(value));
    const factor = values.find((value) => value.is === 'constant');
    if (probabilities && factor?.values.every((one) => one === 1)) return [probabilities]; // as onnxmltools ends a file
    return [elementwise(values, (x, c) => moved(x, c, 0, (n) => n * c), true)];
  },
  Div: ({ values }) => [elementwise(values, (x, c) => moved(x, 1 / c, 0, (n) => n / c))],
  Sub({ values }) {
    const [from, taken] = values;
    if (taken?.is === 'probability')
      return constant(from).every((one) => one === 1) && taken.of === 'positive'
        ? [{ ...taken, of: 'negative' }]
        : refuse('it does not take a probability from 1');
    return [elementwise(values, (x, c) => moved(x, 1, -c, (n) => n - c))];
  },
  MatMul: ({ values: [x, kernel], budget }) => [product(budget, sumsIn(x), kernel, [])],
  Gemm({ node: { attributes }, values: [x, kernel, bias], budget }) {
    const [alpha, beta] = [attributes.number('alpha') ?? 1, attributes.number('beta') ?? 1];
    if (attributes.number('transA')) refuse('it transposes rows');
    const biases = bias ? constant(bias).map((each) => each * beta) : [];
    return [product(budget, sumsIn(x), kernel, biases, attributes.number('transB') === 1, alpha)];
  },
  Relu({ values }) {
    const { stages, units } = sumsIn(values[0]);
    return [{ is: 'sums', stages: [...stages, { units: [...units] }], units: identity(units.length) }];
  },
  Sigmoid({ values }) {
    const [trees] = values;
    if (trees?.is === 'forest' && trees.of === 'number') return [{ ...trees, of: 'probability' }];
    const { stages, units } = sumsIn(values[0]);
    const [logit, ...others] = units;
    return logit && others.length === 0 ? [{ is: 'probability', of: 'positive', stages, logit }] : refuse('it is of several numbers');
  },
  Softmax({ node, values }) {
    ofColumns(node, -1);
    const { stages, units } = sumsIn(values[0]);
    return [units.length > 2 ? { is: 'classes', stages, units, names: null } : { is: 'probabilities', stages, logit: twoClasses(units) }];
  },

  'ai.onnx.ml.Scaler'({ node: { attributes }, values, inputs }) {
    const x = sumsIn(values[0]);
    const [offsets, scales] = ['offset', 'scale'].map((name) => spread(attributes.numbers(name), x.units.length));
    const units = x.units.map((unit, i) => {
      if (x.stages === NONE) inputs.standardise(unit, offsets![i]!, Math.abs(1 / scales![i]!));
      const [offset, scale] = [offsets![i]!, scales![i]!];
      return { ...combined([unit], [scale], -offset * scale), ...(scale !== 0 && stepped(unit.path, (x) => Math.fround(x - offset) * scale)) };
    });
    return [{ ...x, units }];
  },
  'ai.onnx.ml.Imputer'({ node: { attributes }, values, inputs }) {
    const x = sumsIn(values[0]);
    if (!Number.isNaN(attributes.number('replaced_value_float') ?? 0)) refuse('it replaces another value than a missing one');
    const filled = spread(attributes.numbers('imputed_value_floats'), x.units.length);
    const units = x.units.map((unit, i) => {
      const path = stepped(unit.path, (n) => (Number.isNaN(n) ? filled[i]! : n));
      if (x.stages === NONE && unit.path?.levels) return { ...inputs.fillLevels(unit, unit.path, filled[i]!), ...path };
      if (x.stages !== NONE || !inputs.fill(unit, filled[i]!)) refuse('it fills in what is not a column of numbers');
      return { ...unit, ...path };
    });
    return [{ ...x, units }];
  },
  'ai.onnx.ml.OneHotEncoder'({ node: { attributes }, values, inputs }) {
    const [texts] = values;
    if (texts?.is !== 'texts') return refuse('it is not of texts');
    const levels = attributes.texts('cats_strings');
    fewEnough(levels.length);
    if (levels.length === 0) refuse('it has no levels that are texts');
    if (texts.columns.length !== 1) refuse('it is of several columns');
    const [column] = texts.columns;
    const { places, names } = inputs.addLevels(column!, levels);
    const units = places.map((place, i): Unit => ({
      bias: 0,
      weights: new Map([[place, 1]]),
      path: pathOf(column!, { known: new Map([[names[i]!, 1]]), other: 0 }),
    }));
    return [{ is: 'sums', stages: NONE, units }];
  },

  'ai.onnx.ml.LinearClassifier'({ node: { attributes }, values }) {
    const x = sumsIn(values[0]);
    const classes = [...attributes.numbers('classlabels_ints').map(String), ...attributes.texts('classlabels_strings')];
    if (classes.length < 3 && classes.join() !== '0,1') refuse(`its classes are ${classes.join(', ')}, not 0 and 1`);
    const [coefficients, intercepts] = [attributes.numbers('coefficients'), attributes.numbers('intercepts')];
    const width = x.units.length;
    if (coefficients.length !== classes.length * width) refuse(`it has ${coefficients.length} coefficients for ${width} columns and ${classes.length} classes`);
    const units = classes.map((_, c) => combined(x.units, coefficients.slice(c * width, (c + 1) * width), intercepts[c] ?? 0));
    const transform = attributes.text('post_transform') ?? 'NONE';
    if (classes.length > 2)
      return transform === 'SOFTMAX'
        ? [{ is: 'label' }, { is: 'classes', stages: x.stages, units, names: classes }]
        : refuse(`its probabilities are not those of a softmax of all classes (post_transform ${transform})`);
    const [negative, positive] = units;
    if (transform === 'LOGISTIC') {
      if (!areOpposite(negative!, positive!)) refuse('its probabilities do not add up to 1 (LOGISTIC of other coefficients for class 0)');
      return [{ is: 'label' }, { is: 'probabilities', stages: x.stages, logit: positive! }];
    }
    if (transform === 'SOFTMAX') return [{ is: 'label' }, { is: 'probabilities', stages: x.stages, logit: twoClasses([negative!, positive!]) }];
    return refuse(`it gives no probabilities (post_transform ${transform})`);
  },
  'ai.onnx.ml.LinearRegressor'({ node: { attributes }, values }) {
    const x = sumsIn(values[0]);
    const coefficients = attributes.numbers('coefficients');
    if (coefficients.length !== x.units.length) refuse(`it has ${coefficients.length} coefficients for ${x.units.length} columns`);
    if ((attributes.text('post_transform') ?? 'NONE') !== 'NONE') refuse('it transforms its estimate');
    return [{ ...x, units: [combined(x.units, coefficients, attributes.numbers('intercepts')[0] ?? 0)] }];
  },
  ...treeOperators,
}; // prettier-ignore

const areProbabilities = (value: Value): boolean =>
  value.is === 'probabilities' || value.is === 'classes' || (value.is === 'forest' && lengthOf(value) > 1);

/** As a Float32, or as a double that happens to be one. */
const cast = ({ path, ...unit }: Unit, isDouble: boolean): Unit =>
  path ? { ...unit, path: { ...path, isDouble } } : unit;

/** A unit times a factor, and something more. */
function moved(unit: Unit, factor: number, shift: number, step: (x: number) => number): Unit {
  return { ...combined([unit], [factor], shift), ...(factor !== 0 && stepped(unit.path, step)) };
}

/** Values side by side. */
function joined(values: Value[]): Value[] {
  const [first, second] = values;
  if (values.length === 2 && first?.is === 'probability' && second?.is === 'probability')
    return first.of === 'negative' && second.of === 'positive' && first.logit === second.logit
      ? [{ ...second, is: 'probabilities' }]
      : refuse('it joins probabilities of other labels');
  fewEnough(values.reduce((sum, value) => sum + lengthOf(value), 0));
  if (values.every((value) => value.is === 'texts'))
    return [{ is: 'texts', columns: values.flatMap(({ columns }) => columns) }];
  const sums = values.map(sumsIn);
  if (sums.some(({ stages }) => stages !== sums[0]!.stages)) refuse('it joins numbers of different layers');
  return [{ ...sums[0]!, units: sums.flatMap(({ units }) => units) }];
}

function constant(value: Value | undefined): number[] {
  if (value?.is !== 'constant') return refuse('it takes what is computed where a constant belongs');
  return value.values.map(Number);
}

/** Of two classes' sums, so that their sigmoids add up to 1. */
function areOpposite(a: Unit, b: Unit): boolean {
  const inputs = new Set([...a.weights.keys(), ...b.weights.keys()]);
  return (
    a.bias === -b.bias && [...inputs].every((input) => (a.weights.get(input) ?? 0) === -(b.weights.get(input) ?? 0))
  );
}

/** One value for all, or one for each. */
function spread(values: readonly number[], length: number): number[] {
  if (values.length === length) return [...values];
  return values.length === 1 ? new Array<number>(length).fill(values[0]!) : refuse(`it has ${values.length} figures for ${length} columns`);
} // prettier-ignore

function elementwise(values: Value[], make: (unit: Unit, constant: number) => Unit, eitherWay = false): Sums {
  const [a, b] = eitherWay && values[0]?.is === 'constant' ? [values[1], values[0]] : values;
  const x = sumsIn(a);
  const constants = spread(constant(b), x.units.length);
  return { ...x, units: x.units.map((unit, i) => make(unit, constants[i]!)) };
}

function product(
  budget: Budget,
  x: Sums,
  kernel: Value | undefined,
  biases: readonly number[],
  transposed = false,
  alpha = 1,
): Sums {
  const weights = constant(kernel);
  const dims = kernel?.is === 'constant' ? kernel.dims : [];
  const [rows = 0, columns = 0] = transposed ? dims.toReversed() : dims;
  if (dims.length !== 2 || rows !== x.units.length)
    return refuse(`it multiplies ${x.units.length} numbers by ${dims.join(' x ')} weights`);
  const widest = x.units.reduce((most, { weights }) => Math.max(most, weights.size), 1);
  fewEnough(columns);
  budget.spend(rows * columns * widest);
  const shifts = biases.length === 0 ? new Array<number>(columns).fill(0) : spread(biases, columns);
  const at = (row: number, column: number): number =>
    weights[transposed ? column * rows + row : row * columns + column]!;
  const units = Array.from({ length: columns }, (_, column) => {
    const factors = x.units.map((_, row) => alpha * at(row, column));
    const unit = combined(x.units, factors, shifts[column]!);
    budget.keep(1 + unit.weights.size);
    return unit;
  });
  return { ...x, units };
}

/** Of two classes' sums, the log odds of the second. */
const twoClasses = (units: readonly Unit[]): Unit =>
  units.length === 2 ? combined(units, [-1, 1], 0) : refuse(`it is of ${units.length} classes`);
