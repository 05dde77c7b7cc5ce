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
 * reads only the input that changed. A value that a row has already, as it is or in another variant, is not scored again:
 * a shuffled column of few levels has many.
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
    const asked: { row: number; variant?: Variant }[] = [];
    /** For each row, as it is and with each variant, which of those asked tells its score. */
    const toldBy = new Int32Array(some * turns);
    for (let at = 0; at < some; at++) {
      const row = first + at;
      const own = asked.push({ row }) - 1;
      toldBy[at * turns] = own;
      for (const [column, of] of places) {
        const known = new Map([[columns[column]![row]!, own]]);
        for (const place of of) {
          const value = variants[place]!.values[row]!;
          const told = known.get(value) ?? asked.push({ row, variant: variants[place]! }) - 1;
          known.set(value, told);
          toldBy[at * turns + 1 + place] = told;
        }
      }
    }
    const asks = Object.entries(columns).map(([name, values]): [string, Value[]] => [
      name,
      asked.map(({ row, variant }) => (variant?.column === name ? variant.values : values)[row]!),
    ]);
    const said = score({ rows: asked.length, columns: Object.fromEntries(asks) });
    const width = said.length / asked.length;
    if (first === 0) scores = Array.from({ length: turns }, () => new Float64Array(rows * width));
    for (const [at, told] of toldBy.entries())
      scores[at % turns]!.set(
        said.subarray(told * width, (told + 1) * width),
        (first + Math.floor(at / turns)) * width,
      );
  }
  const [own = new Float64Array(), ...varied] = scores;
  return { own, varied };
}
