import { createRandom } from '../../base/random.ts';
import type { Value } from '../../data/data.ts';
import { binOf, cutsOf } from '../../trees/cuts.ts';
import { createLearner, type TreeRules } from '../../trees/learner.ts';
import { logLoss } from '../../trees/losses.ts';
import { createPlainEngine } from '../../trees/plain-engine.ts';
import { emptyTable, setBin, type BinTable, type TreeColumn } from '../../trees/table.ts';
import { addTree } from '../../trees/tree.ts';
import { aucOf, type Auc } from './auc.ts';

const FOLDS = 5;
const TREES = 60;
const MOST_LEVELS = 200;
const RULES: TreeRules = {
  leaves: 12,
  depth: 5,
  minRows: 15,
  minHessian: 1e-3,
  l2: 3,
  rate: 0.1,
  columnsPerSplit: 1,
  rowShare: 0.8,
  columnShare: 0.8,
  boosted: true,
  symmetric: false,
};

/** A column's values in the rows of the reference, and then in those of the window. */
export interface JointColumn {
  column: string;
  kind: 'number' | 'category';
  values: readonly Value[];
}

/**
 * How well trees tell rows of the window from rows of the reference that they did not learn from: 0.5 is by chance. Rows
 * are in the order of time on each side and folds are stretches of it, so that rows of one bunch are not on both sides of
 * a fold. Lopez-Paz and Oquab, "Revisiting classifier two-sample tests", 2017: https://arxiv.org/abs/1610.06545
 */
export function tellApart(columns: readonly JointColumn[], references: number, rows: number, effect = 1): Auc {
  const binned = columns.map(binnedOf);
  const isCurrent = (row: number): boolean => row >= references;
  const foldOf = (row: number): number =>
    isCurrent(row)
      ? Math.floor((FOLDS * (row - references)) / (rows - references))
      : Math.floor((FOLDS * row) / references);
  const all = Array.from({ length: rows }, (_, row) => row);
  const scores = new Float64Array(rows);
  for (let fold = 0; fold < FOLDS; fold++) {
    const [learnt, judged] = [all.filter((row) => foldOf(row) !== fold), all.filter((row) => foldOf(row) === fold)];
    const found = scoresOf(binned, learnt, judged, isCurrent, fold);
    judged.forEach((row, i) => (scores[row] = found[i]!));
  }
  return aucOf(scores.slice(0, references), scores.slice(references), effect);
}

interface Binned {
  column: TreeColumn;
  bins: Uint8Array;
}

function binnedOf({ kind, values }: JointColumn): Binned {
  if (kind === 'number') {
    const numbers = Float32Array.from(values, (value) => (typeof value === 'number' ? value : NaN));
    const cuts = cutsOf(numbers);
    return { column: { kind: 'value', cuts, direction: null }, bins: Uint8Array.from(numbers, (n) => binOf(cuts, n)) };
  }
  const counts = new Map<string, number>();
  for (const value of values) if (value !== null) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  const frequent = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MOST_LEVELS);
  const places = new Map(frequent.map(([level], place) => [level, place + 1]));
  const bins = Uint8Array.from(values, (value) =>
    value === null ? 0 : (places.get(String(value)) ?? frequent.length + 1),
  );
  return { column: { kind: 'level', levels: frequent.length + 1 }, bins };
}

function scoresOf(
  binned: readonly Binned[],
  learnt: readonly number[],
  judged: readonly number[],
  isCurrent: (row: number) => boolean,
  fold: number,
): Float64Array {
  const columns = binned.map(({ column }) => column);
  const tableOf = (rows: readonly number[]): BinTable => {
    const table = emptyTable(binned.length, rows.length);
    binned.forEach(({ bins }, column) => rows.forEach((row, i) => setBin(table, column, i, bins[row]!)));
    return table;
  };
  const engine = createPlainEngine({ columns, rows: learnt.length, classes: 1, rules: RULES });
  const next = createLearner(columns, engine, RULES, logLoss);
  const labels = Float32Array.from(learnt, (row) => (isCurrent(row) ? 1 : 0));
  const rows = { table: tableOf(learnt), labels, scores: new Float64Array(learnt.length) };
  const random = createRandom(`tell apart/${fold}`);
  const [table, found] = [tableOf(judged), new Float64Array(judged.length)];
  for (let tree = 0; tree < TREES; tree++) for (const grown of next(rows, random)) addTree(grown, table, found);
  return found;
}
