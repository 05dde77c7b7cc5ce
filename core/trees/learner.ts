import type { TreeEngine } from './engine.ts';
import { createGrower, type Grown, type GrowRules } from './grow.ts';
import type { TreeLoss } from './losses.ts';
import { sampleColumns, sampleRows } from './sampling.ts';
import type { BinTable, TreeColumn } from './table.ts';
import { addTree, type Tree } from './tree.ts';
import type { Random } from '../base/random.ts';

/** Rows with their labels, and the output of the trees so far. */
export interface TreeRows {
  table: BinTable;
  labels: Float32Array<ArrayBuffer>;
  /** Of classes: those of all rows for one class come before those for the next. */
  scores: Float64Array<ArrayBuffer>;
}

export interface TreeRules extends GrowRules {
  /** Shares of the rows and of the columns that each tree learns from. */
  rowShare: number;
  columnShare: number;
  /** Whether a tree learns what the trees before it left: its output is added to the scores. */
  boosted: boolean;
}

/**
 * Makes what learns one tree after the other: it lowers the loss of the rows' scores. Of classes it learns a tree for each,
 * all from the scores before them.
 */
export function createLearner(
  columns: readonly TreeColumn[],
  engine: TreeEngine,
  rules: TreeRules,
  loss: TreeLoss,
  classes = 1,
) {
  const grow = createGrower(columns, engine, rules);
  const { gradients, hessians, rows: order } = engine;

  return ({ table, labels, scores }: TreeRows, random: Random): Tree[] => {
    loss.slopes(scores, labels, gradients, hessians);
    return Array.from({ length: classes }, (_, place) => {
      const ofClass = <T extends Float32Array | Float64Array>(numbers: T): T =>
        numbers.subarray(place * table.rows, (place + 1) * table.rows) as T;
      const rows = order.subarray(0, sampleRows(table.rows, rules.rowShare, random, order));
      const chosen = sampleColumns(columns.length, rules.columnShare, random);
      const slopes = { gradients: ofClass(gradients), hessians: ofClass(hessians) };
      const grown = grow({ table, ...slopes, rows, columns: chosen, random });
      if (loss.leafOf) fillLeaves(grown, rows, labels, ofClass(scores), rules.rate, loss.leafOf);
      if (rules.boosted) {
        addLeaves(grown, rows, ofClass(scores));
        addTree(grown.tree, table, ofClass(scores), order.subarray(rows.length, table.rows));
      }
      return grown.tree;
    });
  };
}

/** Gives each leaf the value that the loss wants, within its bounds. */
function fillLeaves(
  { tree, ranges, bounds }: Grown,
  rows: Uint32Array,
  labels: Float32Array,
  scores: Float64Array,
  rate: number,
  leafOf: NonNullable<TreeLoss['leafOf']>,
): void {
  const left = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) left[i] = labels[rows[i]!]! - scores[rows[i]!]!;
  for (const [leaf, { low, high }] of bounds.entries()) {
    const value = leafOf(left.subarray(ranges[2 * leaf], ranges[2 * leaf + 1]));
    tree.leaves[leaf] = rate * Math.max(low, Math.min(high, value));
  }
}

/** As addTree, of the rows whose leaf is known. */
function addLeaves({ tree, ranges }: Grown, rows: Uint32Array, scores: Float64Array): void {
  for (let leaf = 0; leaf < tree.leaves.length; leaf++) {
    const [value, end] = [tree.leaves[leaf]!, ranges[2 * leaf + 1]!];
    for (let i = ranges[2 * leaf]!; i < end; i++) scores[rows[i]!]! += value;
  }
}
