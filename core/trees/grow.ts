import { countInto, layoutOf, subtract, type Layout } from './histogram.ts';
import { sampleColumns } from './sampling.ts';
import { bestSplit } from './splits.ts';
import { valueOf, type LeafSums, type Split, type SplitRules } from './leaf.ts';
import type { BinTable, TreeColumn } from './table.ts';
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

/** What one tree learns from. */
export interface GrowInput {
  table: BinTable;
  gradients: Float32Array;
  hessians: Float32Array;
  /** The rows to learn from, ascending; they are reordered, so that each leaf's are side by side. */
  rows: Uint32Array;
  /** 1 for each column that may be split, 0 for the others. */
  columns: Uint8Array;
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
  histogram: Float64Array | null;
  split: (Split & { column: number }) | null;
  /** The split whose child it is. */
  parent: Node | null;
  side: 'left' | 'right';
}

interface Node {
  number: number;
  column: number;
  set: Uint32Array;
  left: number;
  right: number;
}

/** Histograms take at most so many bytes; those that do not fit are counted again. */
const HISTOGRAM_BYTES = 64 << 20;
/** Less gain than this is rounding. */
const LEAST_GAIN = 1e-7;

/** Room that every tree uses again. */
interface Room {
  gradients: Float32Array;
  hessians: Float32Array;
  right: Uint32Array;
  /** Histograms that no leaf has. */
  free: Float64Array[];
}

/**
 * Grows trees leaf by leaf, always the one whose split gains most, from at most so many rows. Ke et al., "LightGBM: a
 * highly efficient gradient boosting decision tree", 2017: https://proceedings.neurips.cc/paper/2017/hash/6449f44a102fde848669bdd9eb6b76fa
 */
export function createGrower(columns: readonly TreeColumn[], mostRows: number, rules: GrowRules) {
  const layout = layoutOf(columns);
  const histograms = Math.max(3, Math.min(rules.leaves, Math.floor(HISTOGRAM_BYTES / (layout.length * 8))));
  const room: Room = {
    gradients: new Float32Array(mostRows),
    hessians: new Float32Array(mostRows),
    right: new Uint32Array(mostRows),
    free: Array.from({ length: histograms }, () => new Float64Array(layout.length)),
  };
  return (input: GrowInput): Grown => growTree(columns, layout, rules, room, input);
}

function growTree(
  columns: readonly TreeColumn[],
  layout: Layout,
  rules: GrowRules,
  room: Room,
  input: GrowInput,
): Grown {
  const nodes: Node[] = [];
  const leaves: Leaf[] = [rootOf(input, rules)];

  const search = (leaf: Leaf): void => {
    const allowed = sampleColumns(columns.length, rules.columnsPerSplit, input.random);
    for (const [place, column] of columns.entries()) {
      if (!input.columns[place] || !allowed[place]) continue;
      const sums = { histogram: leaf.histogram!, at: layout.offsets[place]!, bins: layout.bins[place]! };
      const split = bestSplit(column, sums, leaf, rules, leaf.split?.gain ?? LEAST_GAIN);
      if (split) leaf.split = { ...split, column: place };
    }
    if (!leaf.split) release(leaf, room);
  };
  const isWide = ({ rows, depth }: Leaf): boolean => rows >= 2 * rules.minRows && depth < rules.depth;

  if (rules.leaves > 1 && isWide(leaves[0]!)) {
    count(leaves[0]!, layout, room, input, leaves);
    search(leaves[0]!);
  }
  while (leaves.length < rules.leaves) {
    const place = bestLeaf(leaves);
    if (place < 0) break;
    const leaf = leaves[place]!;
    const [left, right] = divide(leaf, columns, room, input, nodes.length);
    if (left.rows === 0 || right.rows === 0) {
      leaf.split = null; // the sums of its bins were rounding
      release(leaf, room);
      continue;
    }
    nodes.push(left.parent!);
    if (leaf.parent) leaf.parent[leaf.side] = left.parent!.number;
    leaves.splice(place, 1); // its histogram is not given away while its children are counted

    const wide = leaves.length + 2 < rules.leaves ? [left, right].filter(isWide) : [];
    if (wide.length > 0) {
      countChildren(leaf, left, right, layout, room, input, leaves);
      for (const child of [left, right])
        if (wide.includes(child)) search(child);
        else release(child, room);
    }
    release(leaf, room);
    leaves.push(left, right);
  }
  for (const leaf of leaves) release(leaf, room);
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

/** Puts the rows that go left before the others, both in their order; returns the children. */
function divide(
  leaf: Leaf,
  columns: readonly TreeColumn[],
  room: Room,
  { table, rows }: GrowInput,
  number: number,
): [Leaf, Leaf] {
  const { column, set, l2, ...ofLeft } = leaf.split!;
  const middle = partition(rows, leaf.start, leaf.end, table.words[column >> 2]!, (column & 3) << 3, set, room.right);
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

function partition(
  rows: Uint32Array,
  start: number,
  end: number,
  word: Uint32Array,
  shift: number,
  set: Uint32Array,
  right: Uint32Array,
): number {
  let [atLeft, atRight] = [start, 0];
  for (let i = start; i < end; i++) {
    const row = rows[i]!;
    const bin = (word[row]! >>> shift) & 255;
    const goesLeft = (set[bin >> 5]! >>> (bin & 31)) & 1;
    // Both are written and one of them counts, which is quicker than a branch that nobody can foretell.
    rows[atLeft] = row;
    right[atRight] = row;
    atLeft += goesLeft;
    atRight += 1 - goesLeft;
  }
  rows.set(right.subarray(0, atRight), atLeft);
  return atLeft;
}

/** Counts the smaller child; the rest of its parent's histogram is the other's. */
function countChildren(
  parent: Leaf,
  left: Leaf,
  right: Leaf,
  layout: Layout,
  room: Room,
  input: GrowInput,
  leaves: readonly Leaf[],
): void {
  const [small, large] = left.rows <= right.rows ? [left, right] : [right, left];
  count(small, layout, room, input, leaves);
  if (parent.histogram) {
    subtract(parent.histogram, small.histogram!);
    large.histogram = parent.histogram;
    parent.histogram = null;
  } else count(large, layout, room, input, leaves);
}

function count(leaf: Leaf, layout: Layout, room: Room, input: GrowInput, leaves: readonly Leaf[]): void {
  const rows = input.rows.subarray(leaf.start, leaf.end);
  leaf.histogram = room.free.pop() ?? takenFrom(leaves);
  // All rows are still in their order, and need not be gathered.
  let { gradients, hessians } = input;
  if (rows.length < input.table.rows) {
    gather(gradients, rows, room.gradients);
    gather(hessians, rows, room.hessians);
    ({ gradients, hessians } = room);
  }
  countInto(leaf.histogram, layout, input.table, input.columns, { rows, gradients, hessians, count: rows.length });
}

function gather(from: Float32Array, rows: Uint32Array, into: Float32Array): void {
  for (let i = 0; i < rows.length; i++) into[i] = from[rows[i]!]!;
}

/** The histogram of the leaf that is least likely to be split next. */
function takenFrom(leaves: readonly Leaf[]): Float64Array {
  const giver = leaves
    .filter(({ histogram }) => histogram !== null)
    .reduce((least, leaf) => (leaf.split!.gain < least.split!.gain ? leaf : least));
  const taken = giver.histogram!;
  giver.histogram = null;
  return taken;
}

function release(leaf: Leaf, { free }: Room): void {
  if (leaf.histogram) free.push(leaf.histogram);
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
