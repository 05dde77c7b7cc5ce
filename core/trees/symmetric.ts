import { LEAST_GAIN, type ColumnSplit, type TreeEngine } from './engine.ts';
import type { Grown, GrowInput, GrowRules } from './grow.ts';
import { childrenOf, release, rootOf, treeOf, type Leaf, type Node } from './leaves.ts';
import { commonSplit } from './splits/common-splits.ts';
import type { TreeColumn } from './table.ts';

/** The most splits from the root to a leaf. */
export const DEEPEST = 8;

/**
 * Grows a tree level by level, where one split is found for all leaves of a level together: each is asked the same, so a
 * split has more rows behind it, and chance less to choose from. Prokhorenkova et al., "CatBoost: unbiased boosting with
 * categorical features", 2018: https://arxiv.org/abs/1706.09516
 */
export function growSymmetric(
  columns: readonly TreeColumn[],
  engine: TreeEngine,
  free: number[],
  rules: GrowRules,
  input: GrowInput,
): Grown {
  const nodes: Node[] = [];
  let leaves = [rootOf(input, rules)];
  const sum = (leaf: Leaf, less: Leaf | null = null): void => {
    leaf.histogram ??= free.pop()!;
    engine.search([{ ...leaf, histogram: leaf.histogram, less: less && less.histogram!, allowed: null }]);
  };
  sum(leaves[0]!);

  for (let depth = 1; depth <= rules.depth; depth++) {
    const level = leaves.map((leaf) => ({ leaf, sums: engine.sums(leaf.histogram!) }));
    const split = commonSplit(columns, engine.layout, input.columns, level, rules, LEAST_GAIN);
    if (!split) break;
    // Wide tables have room for few histograms, and each leaf of a level that is split needs its own.
    const isLast = depth === rules.depth || 2 * leaves.length > engine.histograms;
    const next: Leaf[] = [];
    for (const leaf of leaves) {
      leaf.split = ofLeaf(split, leaf, engine);
      const middle = engine.divide(leaf.start, leaf.end, leaf.split);
      if (middle === leaf.start || middle === leaf.end) {
        next.push(leaf); // none of its rows answers otherwise
        continue;
      }
      const [left, right] = childrenOf(leaf, middle, columns, nodes.length);
      nodes.push(left.parent!);
      if (leaf.parent) leaf.parent[leaf.side] = left.parent!.number;
      next.push(left, right);
      if (isLast) continue;
      const [small, large] = left.rows <= right.rows ? [left, right] : [right, left];
      [large.histogram, leaf.histogram] = [leaf.histogram, null];
      sum(small);
      sum(large, small);
    }
    for (const leaf of leaves) if (!next.includes(leaf)) release(leaf, free);
    leaves = next;
    if (isLast) break;
  }
  for (const leaf of leaves) release(leaf, free);
  return {
    tree: treeOf(nodes, leaves, rules.rate),
    ranges: Uint32Array.from(leaves.flatMap(({ start, end }) => [start, end])),
    bounds: leaves,
  };
}

/** The split with what goes left of this leaf. */
function ofLeaf(split: ColumnSplit, leaf: Leaf, engine: TreeEngine): ColumnSplit {
  const sums = engine.sums(leaf.histogram!);
  const at = engine.layout.offsets[split.column]!;
  let [gradient, hessian] = [0, 0];
  for (let bin = 0; bin < engine.layout.bins[split.column]!; bin++)
    if ((split.set[bin >> 5]! >>> (bin & 31)) & 1) {
      gradient += sums[at + 2 * bin]!;
      hessian += sums[at + 2 * bin + 1]!;
    }
  return { ...split, gradient, hessian };
}
