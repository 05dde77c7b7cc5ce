import { TIME } from '../../../core/data/data.ts';
import type { RowChunk } from '../../../core/data/chunks.ts';
import type { Splits } from '../../../core/training/training.ts';
import { partRows } from '../rows.ts';
import { isHeld } from '../training-sets/held.ts';
import { readSelected } from './read-chunks.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

export async function* readHeld(
  connection: DuckDBConnection,
  file: string,
  splits: Splits,
  columns: string[],
): AsyncGenerator<RowChunk> {
  const rows = await partRows(connection, [file], columns);
  yield* readSelected(connection, { ...rows, from: `${rows.from} r` }, isHeld(splits), columns, [TIME]);
}
