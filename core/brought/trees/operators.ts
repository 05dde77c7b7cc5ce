import type { Attributes } from '../onnx-file.ts';
import type { Budget } from '../budget.ts';
import type { Operation } from '../operators.ts';
import { NONE, refuse, sumsIn, type Unit, type Value } from '../values.ts';
import { treesIn, type FileTree } from './ensemble.ts';
import type { Forest } from './model.ts';
import { pathOf } from './path.ts';

/** What rounding may add to shares that add up to 1. */
const ROUNDING = 1e-4;

/** The operators of ai.onnx.ml that make trees, and number texts for them. */
export const treeOperators: Record<string, (operation: Operation) => Value[]> = {
  'ai.onnx.ml.LabelEncoder'({ node: { attributes }, values: [texts], inputs }) {
    if (texts?.is !== 'texts') return refuse('it is not of texts');
    const [column, ...others] = texts.columns;
    if (column === undefined || others.length > 0) return refuse('it is of several columns');
    const keys = attributes.texts('keys_strings');
    const whole = attributes.numbers('values_int64s');
    const numbers = whole.length > 0 ? whole : attributes.numbers('values_floats');
    if (keys.length === 0 || keys.length !== numbers.length) return refuse('it does not number its keys_strings');
    const other = whole.length > 0 ? (attributes.number('default_int64') ?? -1) : (attributes.number('default_float') ?? 0);
    const { places, names } = inputs.addLevels(column, keys);
    const weights = new Map(places.map((place, i) => [place, numbers[i]! - other]));
    const known = new Map(names.map((name, i) => [name, numbers[i]!]));
    const unit: Unit = { bias: other, weights, path: pathOf(column, { known, other }) };
    return [{ is: 'sums', stages: NONE, units: [unit] }];
  },

  'ai.onnx.ml.TreeEnsembleClassifier'({ node: { attributes }, values, budget }) {
    const { units } = sumsIn(values[0]);
    const classes = [...attributes.numbers('classlabels_int64s').map(String), ...attributes.texts('classlabels_strings')];
    if (classes.length < 3 && classes.join() !== '0,1') refuse(`its classes are ${classes.join(', ')}, not 0 and 1`);
    const trees = treesIn(attributes, units, 'class', budget);
    if (classes.length > 2) {
      const forest = classifierOfSeveral(trees, attributes, classes.length, budget);
      return [{ is: 'label' }, { is: 'forest', of: 'classes', forest, anyColumn: anyOf(units), names: classes }];
    }
    return [{ is: 'label' }, { is: 'forest', of: 'probabilities', forest: classifier(trees, attributes), anyColumn: anyOf(units) }];
  },
  'ai.onnx.ml.TreeEnsembleRegressor'({ node: { attributes }, values, budget }) {
    const { units } = sumsIn(values[0]);
    const trees = treesIn(attributes, units, 'target', budget);
    if ((attributes.number('n_targets') ?? 1) !== 1) refuse('it estimates several numbers');
    const [base = 0, ...others] = attributes.numbers('base_values');
    if (others.length > 0) refuse(`it has ${others.length + 1} base_values for one number`);
    const aggregate = attributes.text('aggregate_function') ?? 'SUM';
    if (!['SUM', 'AVERAGE'].includes(aggregate)) refuse(`it takes the ${aggregate} of its trees`);
    const share = aggregate === 'AVERAGE' ? trees.length : 1;
    const transform = transformIn(attributes);
    if (!['NONE', 'LOGISTIC'].includes(transform)) refuse(`it transforms its estimate (post_transform ${transform})`);
    const forest: Forest = { trees, output: 'sum', base, leafOf: (says) => (says.get(0) ?? 0) / share };
    return [{ is: 'forest', of: transform === 'NONE' ? 'number' : 'probability', forest, anyColumn: anyOf(units) }];
  },
}; // prettier-ignore

const transformIn = (attributes: Attributes): string => attributes.text('post_transform') ?? 'NONE';

const anyOf = (units: readonly Unit[]) =>
  units.find(({ path }) => path)?.path ?? refuse('none of its numbers is made of one column alone');

/** Leaves speak of both classes; or of one, as onnxruntime takes it: that of class 0 is the positive one, too. */
function classifier(trees: FileTree[], attributes: Attributes): Forest {
  const spoken = new Set(attributes.numbers('class_ids'));
  const base = attributes.numbers('base_values');
  const transform = transformIn(attributes);
  const [first, second] = [...spoken].sort((a, b) => a - b);
  if (first === undefined || spoken.size > 2 || ![0, 1].includes(first) || ![undefined, 1].includes(second))
    return refuse(`its leaves speak of the classes ${[...spoken].join(', ')}`);
  // onnxruntime drops these for class 1 alone, and takes them in another way for two.
  if (base.length > (first === 0 && spoken.size === 1 ? 1 : 0)) return refuse(`it has ${base.length} base_values`);
  const start = base[0] ?? 0;
  const of = (id: number) => (says: ReadonlyMap<number, number>) => says.get(id) ?? 0;
  if (spoken.size === 1 && transform === 'LOGISTIC') return { trees, output: 'sum', base: start, leafOf: of(first) };
  if (spoken.size === 2 && transform === 'SOFTMAX')
    return { trees, output: 'sum', base: 0, leafOf: (says) => of(1)(says) - of(0)(says) };
  if (transform !== 'NONE') return refuse(`it does not make probabilities of its sums (post_transform ${transform})`);
  return isShare({ trees, output: 'share', base: start, leafOf: of(second ?? first) });
}

/** Ours have a tree for each class in turn. One that speaks of several classes becomes one for each of these. */
function classifierOfSeveral(trees: FileTree[], attributes: Attributes, classes: number, budget: Budget): Forest {
  const transform = transformIn(attributes);
  if (!['NONE', 'SOFTMAX'].includes(transform))
    return refuse(`it does not make probabilities of its sums (post_transform ${transform})`);
  const base = attributes.numbers('base_values');
  if (![0, classes].includes(base.length)) return refuse(`it has ${base.length} base_values for ${classes} classes`);
  const lists = Array.from({ length: classes }, (): FileTree[] => []);
  for (const { splits, leaves } of trees)
    for (const id of new Set(leaves.flatMap((says) => [...says.keys()]))) {
      const list = lists[id] ?? refuse(`its leaves speak of class ${id}, of ${classes}`);
      budget.keep(8 * (splits.length + leaves.length));
      list.push({ splits, leaves: leaves.map((says) => new Map([[0, says.get(id) ?? 0]])) });
    }
  const rounds = Math.max(...lists.map(({ length }) => length));
  budget.keep(8 * rounds * classes);
  const nothing: FileTree = { splits: [], leaves: [new Map()] };
  const inTurn = Array.from({ length: rounds * classes }, (_, i) => lists[i % classes]![Math.floor(i / classes)] ?? nothing);
  const bases = Array.from({ length: classes }, (_, id) => base[id] ?? 0);
  const forest: Forest = { trees: inTurn, output: 'sum', base: 0, bases, leafOf: (says) => says.get(0) ?? 0 };
  if (transform === 'SOFTMAX') return forest;
  for (const [id, list] of lists.entries()) isShare({ ...forest, trees: list, base: bases[id]! });
  return { ...forest, output: 'share' };
} // prettier-ignore

function isShare(forest: Forest): Forest {
  let [least, most] = [forest.base, forest.base];
  for (const { leaves } of forest.trees) {
    const said = leaves.map(forest.leafOf);
    least += said.reduce((a, b) => Math.min(a, b));
    most += said.reduce((a, b) => Math.max(a, b));
  }
  if (least < -ROUNDING || most > 1 + ROUNDING) return refuse('its sums are no shares between 0 and 1');
  return forest;
}
