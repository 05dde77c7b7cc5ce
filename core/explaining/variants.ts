import type { ColumnChunk } from '../data/chunks.ts';
import type { Value } from '../data/data.ts';

export type Score = (chunk: ColumnChunk) => Float64Array;

/** One column with other values, one for each row. */
export interface Variant {
  column: string;
  values: readonly Value[];
}

/** So many rows are scored at once. */
const ROWS_AT_ONCE = 10_000;

/**
 * The scores of the rows as they are, and of each variant. Each row comes with all its variants, as a model of trees does not
 * read again what stays the same.
 */
export function scoreVariants(
  score: Score,
  { rows, columns }: ColumnChunk,
  variants: readonly Variant[],
): { own: Float64Array; varied: Float64Array[] } {
  const turns = variants.length + 1;
  const most = Math.max(1, Math.floor(ROWS_AT_ONCE / turns));
  const all: Float64Array[] = [];
  for (let first = 0; first < rows; first += most) {
    const some = Math.min(most, rows - first);
    const repeated = Object.entries(columns).map(([name, values]): [string, Value[]] => {
      const changes = variants.flatMap(({ column, values }, i) => (column === name ? [{ turn: i + 1, values }] : []));
      const column: Value[] = [];
      for (let row = first; row < first + some; row++) {
        const from = column.length;
        for (let turn = 0; turn < turns; turn++) column.push(values[row]!);
        for (const { turn, values } of changes) column[from + turn] = values[row]!;
      }
      return [name, column];
    });
    all.push(score({ rows: some * turns, columns: Object.fromEntries(repeated) }));
  }
  const width = rows === 0 ? 1 : all[0]!.length / (Math.min(most, rows) * turns);
  const split = Array.from({ length: turns }, () => new Float64Array(rows * width));
  for (const [block, scores] of all.entries())
    for (let at = 0; at < scores.length / width; at++) {
      const row = block * most + Math.floor(at / turns);
      split[at % turns]!.set(scores.subarray(at * width, (at + 1) * width), row * width);
    }
  const [own, ...varied] = split;
  return { own: own!, varied };
}
