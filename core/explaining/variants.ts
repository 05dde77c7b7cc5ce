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
 * The scores of the rows as they are, and of each variant. Each row comes with all its variants, because a model of trees
 * reads only the input that changed.
 */
export function scoreVariants(
  score: Score,
  { rows, columns }: ColumnChunk,
  variants: readonly Variant[],
): { own: Float64Array; varied: Float64Array[] } {
  const turns = variants.length + 1;
  const most = Math.max(1, Math.floor(ROWS_AT_ONCE / turns));
  const places = new Map<string, number[]>();
  for (const [place, { column }] of variants.entries()) places.set(column, [...(places.get(column) ?? []), place]);
  let scores: Float64Array[] = [];
  for (let first = 0; first < rows; first += most) {
    const some = Math.min(most, rows - first);
    const repeated = Object.entries(columns).map(([name, values]): [string, Value[]] => {
      const column: Value[] = [];
      for (let row = first; row < first + some; row++) {
        const from = column.length;
        for (let turn = 0; turn < turns; turn++) column.push(values[row]!);
        for (const place of places.get(name) ?? []) column[from + 1 + place] = variants[place]!.values[row]!;
      }
      return [name, column];
    });
    const said = score({ rows: some * turns, columns: Object.fromEntries(repeated) });
    const width = said.length / (some * turns);
    if (first === 0) scores = Array.from({ length: turns }, () => new Float64Array(rows * width));
    for (let at = 0; at < some * turns; at++)
      scores[at % turns]!.set(said.subarray(at * width, (at + 1) * width), (first + Math.floor(at / turns)) * width);
  }
  const [own = new Float64Array(), ...varied] = scores;
  return { own, varied };
}
