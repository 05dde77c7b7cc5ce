import type { Analytics } from '../../../core/data/analytics.ts';
import type { RowChunk } from '../../../core/data/chunks.ts';
import type { OwnColumn, Value } from '../../../core/data/data.ts';

const learnt = ['train', 'selection'] as const;

/** A training set whose selection split is one fold, and whose train split the others. */
export const withFold = (analytics: Analytics, folds: Uint8Array, fold: number): Analytics => ({
  ...analytics,
  readSplit: (file, split, columns, own) =>
    split === 'train' || split === 'selection'
      ? rowsOf(analytics, file, columns, own, (row) => (folds[row] === fold) === (split === 'selection'))
      : analytics.readSplit(file, split, columns, own),
});

/** A training set whose train split has the rows of the selection split, too. */
export const withAllRows = (analytics: Analytics): Analytics => ({
  ...analytics,
  readSplit: (file, split, columns, own) =>
    split === 'train'
      ? rowsOf(analytics, file, columns, own, () => true)
      : analytics.readSplit(file, split, columns, own),
});

/** Rows of both splits, counted from the first of train. */
async function* rowsOf(
  analytics: Analytics,
  file: string,
  columns: string[],
  own: OwnColumn[] | undefined,
  wanted: (row: number) => boolean,
): AsyncGenerator<RowChunk> {
  let first = 0;
  for (const split of learnt)
    for await (const chunk of analytics.readSplit(file, split, columns, own)) {
      const kept: number[] = [];
      for (let i = 0; i < chunk.rows; i++) if (wanted(first + i)) kept.push(i);
      first += chunk.rows;
      if (kept.length === chunk.rows) yield chunk;
      else if (kept.length > 0) yield pick(chunk, kept);
    }
}

function pick({ columns, own }: RowChunk, rows: readonly number[]): RowChunk {
  const of = <T extends Partial<Record<string, Value[]>>>(values: T): T =>
    Object.fromEntries(Object.entries(values).map(([name, column]) => [name, rows.map((row) => column![row]!)])) as T;
  return { rows: rows.length, columns: of(columns), own: of(own) };
}
