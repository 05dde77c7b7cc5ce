import { KEY, TIME, type Partition } from '../../core/data.ts';
import { type ColumnChunk } from '../../core/ports.ts';
import { valuesOf } from './read-split.ts';
import { moment, name, parquet } from './sql.ts';
import { type DuckDBConnection } from '@duckdb/node-api';

/** Streams a part's rows of a stretch of time as DuckDB's own chunks of 2,048. */
export async function* readRows(
  connection: DuckDBConnection,
  file: string,
  { from, to }: Partition,
  columns: string[],
): AsyncGenerator<ColumnChunk> {
  const names = [...new Set([KEY, TIME, ...columns])];
  const selected = names.map((column) => (column === TIME ? `epoch_ms(${TIME})::double` : name(column)));
  const result = await connection.stream(
    `select ${selected.join(', ')} from ${parquet([file])} where ${TIME} >= ${moment(from)} and ${TIME} < ${moment(to)}`,
  );
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
    yield {
      rows: chunk.rowCount,
      columns: Object.fromEntries(names.map((column, i) => [column, valuesOf(chunk!, i)])),
    };
}
