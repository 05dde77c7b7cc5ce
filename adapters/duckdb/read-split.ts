import { LABEL, SPLIT, TIME } from '../../core/data.ts';
import { type ColumnChunk } from '../../core/ports.ts';
import { type SplitName } from '../../core/training.ts';
import { name, parquet, text } from './sql.ts';
import { type DuckDBConnection, type DuckDBDataChunk } from '@duckdb/node-api';

/** Streams a split as DuckDB's own chunks of 2,048 rows, with `_time`, `_label` and the columns asked for. */
export async function* readSplit(
  connection: DuckDBConnection,
  file: string,
  split: SplitName,
  columns: string[],
): AsyncGenerator<ColumnChunk> {
  const names = [...new Set([TIME, LABEL, ...columns])];
  const selected = names.map((column) => (column === TIME ? `epoch_ms(${TIME})::double` : name(column)));
  const result = await connection.stream(
    `select ${selected.join(', ')} from ${parquet([file])} where ${SPLIT} = ${text(split)}`,
  );
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
    yield {
      rows: chunk.rowCount,
      columns: Object.fromEntries(names.map((column, i) => [column, valuesOf(chunk!, i)])),
    };
}

/** A column of a chunk as plain values. */
export function valuesOf(chunk: DuckDBDataChunk, column: number): (number | string | boolean | null)[] {
  const vector = chunk.getColumnVector(column);
  return Array.from({ length: chunk.rowCount }, (_, i) => vector.getItem(i) as number | string | boolean | null);
}
