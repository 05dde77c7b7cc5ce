import { KEY, TIME, type OwnColumn, type Partition } from '../../../core/data/data.ts';
import type { RowChunk } from '../../../core/data/chunks.ts';
import { readChunks } from './read-chunks.ts';
import { moment } from '../sql.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

export const readRows = (
  connection: DuckDBConnection,
  file: string,
  { from, to }: Partition,
  columns: string[],
  own: OwnColumn[] = [KEY, TIME],
): AsyncGenerator<RowChunk> =>
  readChunks(connection, file, `${TIME} >= ${moment(from)} and ${TIME} < ${moment(to)}`, columns, own);
