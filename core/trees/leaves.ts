import type { ColumnSplit, TreeInput } from './engine.ts';
import { valueOf, type LeafSums, type SplitRules } from './splits/leaf.ts';
import type { TreeColumn } from './table.ts';
import { SET_WORDS, type Tree } from './tree.ts';

export interface Leaf extends LeafSums {
  start: number;
  end: number;
  depth: number;
  histogram: number | null;
  split: ColumnSplit | null;
  /** The split whose child it is. */
  parent: Node | null;
  side: 'left' | 'right';
}

export interface Node {
  number: number;
  column: number;
  set: Uint32Array;
  left: number;
  right: number;
}

export function rootOf({ gradients, hessians, rows }: TreeInput, { l2 }: SplitRules): Leaf {
  let [gradient, hessian] = [0, 0];
  for (let i = 0; i < rows.length; i++) {
    gradient += gradients[rows[i]!]!;
    hessian += hessians[rows[i]!]!;
  }
  const sums = { rows: rows.length, gradient, hessian, l2, low: -Infinity, high: Infinity };
  return { ...sums, start: 0, end: rows.length, depth: 0, histogram: null, split: null, parent: null, side: 'left' };
}

/** What the split of a leaf makes of it. */
export function childrenOf(leaf: Leaf, middle: number, columns: readonly TreeColumn[], number: number): [Leaf, Leaf] {
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

/** Gives a histogram back to those that no leaf has. */
export function release(leaf: Leaf, free: number[]): void {
  if (leaf.histogram !== null) free.push(leaf.histogram);
  leaf.histogram = null;
}

export function treeOf(nodes: readonly Node[], leaves: readonly Leaf[], rate: number): Tree {
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
