import type { Analytics } from '../../core/data/analytics.ts';
import type { RowChunk } from '../../core/data/chunks.ts';
import type { Value } from '../../core/data/data.ts';

/**
 * Reads only the first rows of the train split, which is shuffled, so they are a fair sample and equal for all
 * trials. The other splits stay whole: trials are compared on all their rows.
 */
export const withFewerRows = (analytics: Analytics, rows: number | undefined): Analytics =>
  rows === undefined
    ? analytics
    : {
        ...analytics,
        readSplit: (file, split, columns, own) => {
          const chunks = analytics.readSplit(file, split, columns, own);
          return split === 'train' ? firstRows(chunks, rows) : chunks;
        },
      };

async function* firstRows(chunks: AsyncIterable<RowChunk>, rows: number): AsyncGenerator<RowChunk> {
  let left = rows;
  for await (const chunk of chunks) {
    if (left <= 0) return;
    yield chunk.rows <= left ? chunk : startOf(chunk, left);
    left -= chunk.rows;
  }
}

function startOf({ columns, own }: RowChunk, rows: number): RowChunk {
  const cut = <T extends Partial<Record<string, Value[]>>>(values: T): T =>
    Object.fromEntries(Object.entries(values).map(([name, column]) => [name, column?.slice(0, rows)])) as T;
  return { rows, columns: cut(columns), own: cut(own) };
}
