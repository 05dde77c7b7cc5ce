import type { Attributes } from '../onnx-file.ts';
import type { Budget } from '../budget.ts';
import type { Unit } from '../values.ts';
import type { Path } from './path.ts';

/** A split asks about one number. A child is another split of the tree, which comes later, or ~leaf. */
export interface Split {
  path: Path;
  /** Of the number that the path makes; also of NaN. */
  asks(x: number): boolean;
  /** Asks whether a number is less or more than another, not whether it is equal. */
  ordered: boolean;
  yes: number;
  no: number;
}
export interface FileTree {
  splits: Split[];
  /** Of each leaf, what it says of each class or target. */
  leaves: ReadonlyMap<number, number>[];
}

const refuse = (why: string): never => {
  throw new RangeError(why);
};

const comparisons: Record<string, { ordered: boolean; compare: (x: number, y: number) => boolean }> = {
  BRANCH_LEQ: { ordered: true, compare: (x, y) => x <= y },
  BRANCH_LT: { ordered: true, compare: (x, y) => x < y },
  BRANCH_GTE: { ordered: true, compare: (x, y) => x >= y },
  BRANCH_GT: { ordered: true, compare: (x, y) => x > y },
  BRANCH_EQ: { ordered: false, compare: (x, y) => x === y },
  BRANCH_NEQ: { ordered: false, compare: (x, y) => x !== y },
};
const LEAF = 'LEAF';

/** The trees of a TreeEnsembleClassifier ("class") or a TreeEnsembleRegressor ("target"). */
export function treesIn(
  attributes: Attributes,
  units: readonly Unit[],
  of: 'class' | 'target',
  budget: Budget,
): FileTree[] {
  for (const name of ['nodes_values', `${of}_weights`, 'base_values'])
    if (attributes.has(`${name}_as_tensor`)) refuse(`it compares doubles (${name}_as_tensor): convert it with inputs of floats`);
  const modes = attributes.texts('nodes_modes');
  const count = modes.length;
  if (count === 0) refuse('it has no nodes');
  budget.spend(8 * count);
  budget.keep(8 * count);
  const listed = (name: string, length = count): number[] => {
    const numbers = attributes.numbers(name);
    return numbers.length === length ? numbers : refuse(`it has ${numbers.length} ${name} for ${length}`);
  };
  const nodes: Nodes = {
    modes,
    ids: listed('nodes_nodeids'),
    features: listed('nodes_featureids'),
    values: listed('nodes_values'),
    yes: listed('nodes_truenodeids'),
    no: listed('nodes_falsenodeids'),
    nulls: attributes.numbers('nodes_missing_value_tracks_true'),
  };
  if (![0, count].includes(nodes.nulls.length)) listed('nodes_missing_value_tracks_true');

  const placesOf = new Map<number, Map<number, number>>();
  for (const [i, tree] of listed('nodes_treeids').entries()) {
    const places = placesOf.get(tree) ?? placesOf.set(tree, new Map()).get(tree)!;
    if (places.has(nodes.ids[i]!)) refuse(`tree ${tree} has two nodes ${nodes.ids[i]}`);
    places.set(nodes.ids[i]!, i);
  }
  const says = saidBy(attributes, of, placesOf, budget);
  return Array.from(placesOf, ([tree, places]) => treeOf(tree, places, nodes, units, says));
} // prettier-ignore

interface Nodes {
  modes: string[];
  ids: number[];
  features: number[];
  values: number[];
  yes: number[];
  no: number[];
  nulls: number[];
}

/** What is said at each place of the nodes, by class or target. */
function saidBy(
  attributes: Attributes,
  of: 'class' | 'target',
  placesOf: Map<number, Map<number, number>>,
  budget: Budget,
): Map<number, Map<number, number>> {
  const [trees, ids, about, weights] = ['treeids', 'nodeids', 'ids', 'weights'].map((name) => attributes.numbers(`${of}_${name}`)) as [number[], number[], number[], number[]];
  for (const list of [ids, about, weights])
    if (list.length !== trees.length) refuse(`it has lists of ${trees.length} and ${list.length} about its leaves`);
  budget.spend(trees.length);
  budget.keep(4 * trees.length);
  const says = new Map<number, Map<number, number>>();
  for (const [i, tree] of trees.entries()) {
    const place = placesOf.get(tree)?.get(ids[i]!) ?? refuse(`it speaks of node ${ids[i]} of tree ${tree}, which is not there`);
    const leaf = says.get(place) ?? says.set(place, new Map()).get(place)!;
    leaf.set(about[i]!, (leaf.get(about[i]!) ?? 0) + weights[i]!);
  }
  return says;
} // prettier-ignore

const NOTHING: ReadonlyMap<number, number> = new Map();

function treeOf(tree: number, places: Map<number, number>, nodes: Nodes, units: readonly Unit[], says: Map<number, Map<number, number>>): FileTree {
  const children = new Set<number>();
  for (const place of places.values())
    if (nodes.modes[place] !== LEAF) for (const child of [nodes.yes[place]!, nodes.no[place]!]) children.add(child);
  const roots = [...places.keys()].filter((id) => !children.has(id));
  if (roots.length !== 1) refuse(`tree ${tree} has ${roots.length} nodes that none leads to, not one`);

  const [splits, leaves]: [Split[], FileTree['leaves']] = [[], []];
  const seen = new Set<number>();
  const waiting: { id: number; parent: Split | null; side: 'yes' | 'no' }[] = [{ id: roots[0]!, parent: null, side: 'yes' }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { id, parent, side } = next;
    const place = places.get(id) ?? refuse(`tree ${tree} leads to node ${id}, which is not there`);
    if (seen.has(id)) refuse(`tree ${tree} leads to node ${id} in two ways`);
    seen.add(id);
    if (nodes.modes[place] === LEAF) {
      if (parent) parent[side] = ~leaves.length;
      leaves.push(says.get(place) ?? NOTHING);
      continue;
    }
    if (parent) parent[side] = splits.length;
    const split = splitOf(place, nodes, units);
    splits.push(split);
    for (const child of ['no', 'yes'] as const) waiting.push({ id: nodes[child][place]!, parent: split, side: child });
  }
  if (seen.size < places.size) refuse(`tree ${tree} has ${places.size - seen.size} nodes that its root does not lead to`);
  return { splits, leaves };
} // prettier-ignore

function splitOf(place: number, { modes, features, values, nulls }: Nodes, units: readonly Unit[]): Split {
  const comparison = comparisons[modes[place]!] ?? refuse(`it has a node of mode ${modes[place]}`);
  const [feature, threshold] = [features[place]!, values[place]!];
  const unit = units[feature] ?? refuse(`it splits by number ${feature}, of ${units.length}`);
  const path = unit.path ?? refuse(`it splits by number ${feature}, which is not made of one column alone in whole steps`);
  if (path.isDouble) refuse(`it compares "${path.column}" as a double: convert it with inputs of floats`);
  if (Number.isNaN(threshold)) refuse('it compares with NaN');
  const withNull = nulls[place] === 1;
  const { compare, ordered } = comparison;
  return { path, ordered, asks: (x) => compare(x, threshold) || (withNull && Number.isNaN(x)), yes: 0, no: 0 };
} // prettier-ignore
