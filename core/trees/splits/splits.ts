import { bestCut } from './cut-splits.ts';
import type { ColumnSums, LeafSums, Split, SplitRules } from './leaf.ts';
import { bestLevels } from './level-splits.ts';
import type { TreeColumn } from '../table.ts';

/** The best split of one column that gains more than `atLeast`; null without any. */
export function bestSplit(
  column: TreeColumn,
  sums: ColumnSums,
  leaf: LeafSums,
  rules: SplitRules,
  atLeast: number,
): Split | null {
  return column.kind === 'level'
    ? bestLevels(sums, leaf, rules, atLeast)
    : bestCut(sums, leaf, rules, column.direction, atLeast);
}
