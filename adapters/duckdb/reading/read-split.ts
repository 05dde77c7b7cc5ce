import { LABEL, SPLIT, TIME, type OwnColumn } from '../../../core/data/data.ts';
import type { RowChunk } from '../../../core/data/chunks.ts';
import type { SplitName } from '../../../core/training/training.ts';
import { readChunks } from './read-chunks.ts';
import { text } from '../sql.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

export const readSplit = (
  connection: DuckDBConnection,
  file: string,
  split: SplitName,
  columns: string[],
  own: OwnColumn[] = [TIME, LABEL],
): AsyncGenerator<RowChunk> => readChunks(connection, file, `${SPLIT} = ${text(split)}`, columns, own);
