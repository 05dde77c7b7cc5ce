import type { RowChunk } from '../../../core/data/chunks.ts';

/** The rows of chunks that are wanted; a chunk without any is left out. */
export async function* someRows(
  chunks: AsyncIterable<RowChunk>,
  isWanted: (chunk: RowChunk, row: number) => boolean,
): AsyncGenerator<RowChunk> {
  for await (const chunk of chunks) {
    const rows = Array.from({ length: chunk.rows }, (_, row) => row).filter((row) => isWanted(chunk, row));
    if (rows.length === 0) continue;
    const kept = <T extends Partial<Record<string, unknown[]>>>(values: T): T =>
      Object.fromEntries(Object.entries(values).map(([name, column]) => [name, rows.map((row) => column?.[row])])) as T;
    yield rows.length === chunk.rows
      ? chunk
      : { rows: rows.length, columns: kept(chunk.columns), own: kept(chunk.own) };
  }
}
