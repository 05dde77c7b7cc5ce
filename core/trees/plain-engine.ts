import { bestOf, histogramsFor, LEAST_GAIN, type ColumnSplit, type TreeEngine, type TreeInput } from './engine.ts';
import { countInto, layoutOf, subtract } from './histogram.ts';
import type { SplitRules } from './splits/leaf.ts';
import { bestSplit } from './splits/splits.ts';
import type { TreeColumn } from './table.ts';

export interface EngineShape {
  columns: readonly TreeColumn[];
  /** The most rows of a tree. */
  rows: number;
  classes: number;
  rules: SplitRules & { leaves: number };
}

/** The engine in plain JavaScript, which others are held against. */
export function createPlainEngine({ columns, rows: most, classes, rules }: EngineShape): TreeEngine {
  const layout = layoutOf(columns);
  const histograms = Array.from(
    { length: histogramsFor(rules.leaves, layout.length) },
    () => new Float64Array(layout.length),
  );
  const [gradients, hessians] = [new Float32Array(most), new Float32Array(most)];
  const right = new Uint32Array(most);
  let input: TreeInput;
  return {
    gradients: new Float32Array(most * classes),
    hessians: new Float32Array(most * classes),
    rows: new Uint32Array(most),
    histograms: histograms.length,
    layout,
    begin: (of) => void (input = of),
    search: (leaves) =>
      leaves.map((leaf) => {
        const histogram = histograms[leaf.histogram]!;
        if (leaf.less === null) {
          const rows = input.rows.subarray(leaf.start, leaf.end);
          gather(input.gradients, rows, gradients);
          gather(input.hessians, rows, hessians);
          countInto(histogram, layout, input.table, input.columns, { rows, gradients, hessians, count: rows.length });
        } else subtract(histogram, histograms[leaf.less]!);
        const { allowed } = leaf;
        if (!allowed) return null;
        return bestOf(
          columns.map((column, place): ColumnSplit | null => {
            if (!input.columns[place] || !allowed[place]) return null;
            const sums = { histogram, at: layout.offsets[place]!, bins: layout.bins[place]! };
            const split = bestSplit(column, sums, leaf, rules, LEAST_GAIN);
            return split && { ...split, column: place };
          }),
        );
      }),
    sums: (histogram) => histograms[histogram]!,
    divide: (start, end, { column, set }) =>
      divide(input.rows, start, end, input.table.words[column >> 2]!, (column & 3) << 3, set, right),
  };
}

function divide(
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
    if ((set[bin >> 5]! >>> (bin & 31)) & 1) rows[atLeft++] = row;
    else right[atRight++] = row;
  }
  rows.set(right.subarray(0, atRight), atLeft);
  return atLeft;
}

function gather(from: Float32Array, rows: Uint32Array, into: Float32Array): void {
  for (let i = 0; i < rows.length; i++) into[i] = from[rows[i]!]!;
}
