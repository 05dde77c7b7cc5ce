import type { ColumnSplit, SearchedLeaf, TreeEngine, TreeInput } from './engine.ts';
import { sampleColumns } from './sampling.ts';
import { valueOf, type LeafSums, type SplitRules } from './splits/leaf.ts';
import type { TreeColumn } from './table.ts';
import { SET_WORDS, type Tree } from './tree.ts';
import type { Random } from '../base/random.ts';

export interface GrowRules extends SplitRules {
  /** The most leaves of a tree. */
  leaves: number;
  /** The most splits from the root to a leaf. */
  depth: number;
  /** The share of the columns among which each leaf finds its split. */
  columnsPerSplit: number;
  /** What a leaf's value is multiplied by. */
  rate: number;
}

export interface GrowInput extends TreeInput {
  random: Random;
}

export interface Grown {
  tree: Tree;
  /** Where the rows of each leaf begin and end, in the reordered rows. */
  ranges: Uint32Array;
}

interface Leaf extends LeafSums {
  start: number;
  end: number;
  depth: number;
  histogram: number | null;
  split: ColumnSplit | null;
  /** The split whose child it is. */
  parent: Node | null;
  side: 'left' | 'right';
}

/** A leaf whose sums are made, perhaps of its parent's by taking those of the `less` off. */
interface Wanted {
  leaf: Leaf;
  less: Leaf | null;
  /** Whether it may be split. */
  wide: boolean;
}

interface Node {
  number: number;
  column: number;
  set: Uint32Array;
  left: number;
  right: number;
}

/**
 * Grows trees leaf by leaf, always the one whose split gains most, from at most so many rows. Ke et al., "LightGBM: a
 * highly efficient gradient boosting decision tree", 2017: https://proceedings.neurips.cc/paper/2017/hash/6449f44a102fde848669bdd9eb6b76fa
 */
export function createGrower(columns: readonly TreeColumn[], engine: TreeEngine, rules: GrowRules) {
  /** Histograms that no leaf has. */
  const free = Array.from({ length: engine.histograms }, (_, place) => place);
  return (input: GrowInput): Grown => {
    engine.begin(input);
    return growTree(columns, engine, free, rules, input);
  };
}

function growTree(
  columns: readonly TreeColumn[],
  engine: TreeEngine,
  free: number[],
  rules: GrowRules,
  input: GrowInput,
): Grown {
  const nodes: Node[] = [];
  const leaves: Leaf[] = [rootOf(input, rules)];
  const isWide = ({ rows, depth }: Leaf): boolean => rows >= 2 * rules.minRows && depth < rules.depth;

  const search = (wanted: readonly Wanted[]): void => {
    for (const { leaf } of wanted) leaf.histogram ??= free.pop() ?? takenFrom(leaves);
    const allowed = new Map<Leaf, Uint8Array>();
    for (const { leaf, wide } of wanted.toSorted((a, b) => a.leaf.start - b.leaf.start))
      // chance decides from left to right
      if (wide) allowed.set(leaf, sampleColumns(columns.length, rules.columnsPerSplit, input.random));
    const found = engine.search(
      wanted.map(({ leaf, less }): SearchedLeaf => {
        return {
          ...leaf,
          histogram: leaf.histogram!,
          less: less && less.histogram,
          allowed: allowed.get(leaf) ?? null,
        };
      }),
    );
    for (const [place, { leaf }] of wanted.entries()) {
      leaf.split = found[place]!;
      if (!leaf.split) release(leaf, free);
    }
  };

  const [root] = leaves;
  if (rules.leaves > 1 && isWide(root!)) search([{ leaf: root!, less: null, wide: true }]);
  while (leaves.length < rules.leaves) {
    const place = bestLeaf(leaves);
    if (place < 0) break;
    const leaf = leaves[place]!;
    const middle = engine.divide(leaf.start, leaf.end, leaf.split!);
    if (middle === leaf.start || middle === leaf.end) {
      leaf.split = null; // the sums of its bins were rounding
      release(leaf, free);
      continue;
    }
    const [left, right] = childrenOf(leaf, middle, columns, nodes.length);
    nodes.push(left.parent!);
    if (leaf.parent) leaf.parent[leaf.side] = left.parent!.number;
    leaves.splice(place, 1); // its histogram is not given away while its children are counted

    const [small, large] = left.rows <= right.rows ? [left, right] : [right, left];
    if (leaves.length + 2 < rules.leaves && isWide(large)) {
      // The smaller child is counted; the rest of its parent's histogram is the other's.
      [large.histogram, leaf.histogram] = [leaf.histogram, null];
      const less = large.histogram === null ? null : small;
      search([
        { leaf: small, less: null, wide: isWide(small) },
        { leaf: large, less, wide: true },
      ]);
    }
    release(leaf, free);
    leaves.push(left, right);
  }
  for (const leaf of leaves) release(leaf, free);
  return {
    tree: treeOf(nodes, leaves, rules.rate),
    ranges: Uint32Array.from(leaves.flatMap(({ start, end }) => [start, end])),
  };
}

function rootOf({ gradients, hessians, rows }: GrowInput, { l2 }: GrowRules): Leaf {
  let [gradient, hessian] = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    gradient += gradients[rows[i]!]!;
    hessian += hessians[rows[i]!]!;
  }
  const sums = { rows: rows.length, gradient, hessian, l2, low: -Infinity, high: Infinity };
  return { ...sums, start: 0, end: rows.length, depth: 0, histogram: null, split: null, parent: null, side: 'left' };
}

/** The place of the leaf whose split gains most; -1 when none can be split. */
function bestLeaf(leaves: readonly Leaf[]): number {
  let [best, gain] = [-1, 0];
  for (const [place, { split }] of leaves.entries()) if (split && split.gain > gain) [best, gain] = [place, split.gain];
  return best;
}

function childrenOf(leaf: Leaf, middle: number, columns: readonly TreeColumn[], number: number): [Leaf, Leaf] {
  const { column, set, l2, ...ofLeft } = leaf.split!;
  const [low, high] = [leaf.low, leaf.high];
  const child = { low, high, l2, depth: leaf.depth + 1, histogram: null, split: null };
  const parent: Node = { number, column, set, left: 0, right: 0 };
  const left: Leaf = {
    ...child,
    rows: middle - leaf.start,
    gradient: ofLeft.gradient,
    hessian: ofLeft.hessian,
    start: leaf.start,
    end: middle,
    parent,
    side: 'left',
  };
  const right: Leaf = {
    ...child,
    rows: leaf.end - middle,
    gradient: leaf.gradient - ofLeft.gradient,
    hessian: leaf.hessian - ofLeft.hessian,
    start: middle,
    end: leaf.end,
    parent,
    side: 'right',
  };
  const split = columns[column]!;
  const direction = split.kind === 'value' ? split.direction : null;
  if (direction) {
    // Whatever is split below, values on the one side do not pass those of the other.
    const between = (valueOf(left.gradient, left.hessian, left) + valueOf(right.gradient, right.hessian, right)) / 2;
    const [lower, upper] = direction === 'up' ? [left, right] : [right, left];
    lower.high = Math.min(high, between);
    upper.low = Math.max(low, between);
  }
  return [left, right];
}

/** The histogram of the leaf that is least likely to be split next. */
function takenFrom(leaves: readonly Leaf[]): number {
  const giver = leaves
    .filter(({ histogram }) => histogram !== null)
    .reduce((least, leaf) => (leaf.split!.gain < least.split!.gain ? leaf : least));
  const taken = giver.histogram!;
  giver.histogram = null;
  return taken;
}

function release(leaf: Leaf, free: number[]): void {
  if (leaf.histogram !== null) free.push(leaf.histogram);
  leaf.histogram = null;
}

function treeOf(nodes: readonly Node[], leaves: readonly Leaf[], rate: number): Tree {
  for (const [place, { parent, side }] of leaves.entries()) if (parent) parent[side] = ~place;
  const sets = new Uint32Array(nodes.length * SET_WORDS);
  for (const [number, { set }] of nodes.entries()) sets.set(set, number * SET_WORDS);
  return {
    columns: Uint16Array.from(nodes, ({ column }) => column),
    sets,
    left: Int32Array.from(nodes, ({ left }) => left),
    right: Int32Array.from(nodes, ({ right }) => right),
    leaves: Float64Array.from(leaves, (leaf) => rate * valueOf(leaf.gradient, leaf.hessian, leaf)),
    covers: Uint32Array.from(leaves, ({ start, end }) => end - start),
  };
}
