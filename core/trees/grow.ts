import type { SearchedLeaf, TreeEngine, TreeInput } from './engine.ts';
import { childrenOf, release, rootOf, treeOf, type Leaf, type Node } from './leaves.ts';
import { sampleColumns } from './sampling.ts';
import type { SplitRules } from './splits/leaf.ts';
import { growSymmetric } from './symmetric.ts';
import type { TreeColumn } from './table.ts';
import type { Tree } from './tree.ts';
import type { Random } from '../base/random.ts';

export interface GrowRules extends SplitRules {
  /** The most leaves of a tree. */
  leaves: number;
  /** The most splits from the root to a leaf. */
  depth: number;
  /** Whether all leaves of a level are split alike; then `leaves` is what `depth` makes of it. */
  symmetric: boolean;
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
  /** What monotonic columns say that each leaf's value lies between, before the rate. */
  bounds: readonly Readonly<Pick<Leaf, 'low' | 'high'>>[];
}

/** A leaf whose sums are made, perhaps of its parent's by taking those of the `less` off. */
interface Wanted {
  leaf: Leaf;
  less: Leaf | null;
  /** Whether it may be split. */
  wide: boolean;
}

/**
 * Grows trees level by level, or leaf by leaf: always the one whose split gains most, from at most so many rows. Ke et al., "LightGBM: a
 * highly efficient gradient boosting decision tree", 2017: https://proceedings.neurips.cc/paper/2017/hash/6449f44a102fde848669bdd9eb6b76fa
 */
export function createGrower(columns: readonly TreeColumn[], engine: TreeEngine, rules: GrowRules) {
  /** Histograms that no leaf has. */
  const free = Array.from({ length: engine.histograms }, (_, place) => place);
  return (input: GrowInput): Grown => {
    engine.begin(input);
    const grow = rules.symmetric ? growSymmetric : growTree;
    return grow(columns, engine, free, rules, input);
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

  const all = sampleColumns(columns.length, 1, input.random);
  /** The columns among which each may be split; chance decides from left to right. */
  const allowedIn = (wanted: readonly Wanted[]): (Uint8Array | null)[] => {
    if (rules.columnsPerSplit >= 1) return wanted.map(({ wide }) => (wide ? all : null));
    const allowed = new Map<Leaf, Uint8Array>();
    for (const { leaf, wide } of wanted.toSorted((a, b) => a.leaf.start - b.leaf.start))
      if (wide) allowed.set(leaf, sampleColumns(columns.length, rules.columnsPerSplit, input.random));
    return wanted.map(({ leaf }) => allowed.get(leaf) ?? null);
  };
  const search = (wanted: readonly Wanted[]): void => {
    for (const { leaf } of wanted) leaf.histogram ??= free.pop() ?? takenFrom(leaves);
    const allowed = allowedIn(wanted);
    const found = engine.search(
      wanted.map(({ leaf, less }, place): SearchedLeaf => {
        const { start, end, rows, gradient, hessian, l2, low, high } = leaf;
        const sums = { rows, gradient, hessian, l2, low, high };
        return {
          ...sums,
          start,
          end,
          histogram: leaf.histogram!,
          less: less && less.histogram,
          allowed: allowed[place]!,
        };
      }),
    );
    for (let place = 0; place < wanted.length; place++) {
      const { leaf } = wanted[place]!;
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
    bounds: leaves,
  };
}

/** The place of the leaf whose split gains most; -1 when none can be split. */
function bestLeaf(leaves: readonly Leaf[]): number {
  let [best, gain] = [-1, 0];
  for (let place = 0; place < leaves.length; place++) {
    const { split } = leaves[place]!;
    if (split && split.gain > gain) [best, gain] = [place, split.gain];
  }
  return best;
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
