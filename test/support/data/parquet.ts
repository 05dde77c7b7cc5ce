import { parquet, text } from '../../../adapters/duckdb/sql.ts';
import { DuckDBInstance } from '@duckdb/node-api';

/** What a statement returns, with `$files` standing for the rows of Parquet files. */
export async function queryParquet(files: string | string[], sql: string): Promise<Record<string, unknown>[]> {
  const duck = await DuckDBInstance.create(':memory:');
  const connection = await duck.connect();
  try {
    const result = await connection.runAndReadAll(sql.replaceAll('$files', parquet([files].flat())));
    return result.getRowObjectsJson();
  } finally {
    connection.closeSync();
    duck.closeSync();
  }
}

/** Writes the rows of a statement as a Parquet file, as an extraction would. */
export async function writeParquet(file: string, sql: string): Promise<string> {
  await runDuck(`copy (${sql}) to ${text(file)} (format parquet, compression zstd)`);
  return file;
}

/** Runs a statement in a DuckDB of its own. */
export async function runDuck(sql: string): Promise<void> {
  const duck = await DuckDBInstance.create(':memory:');
  const connection = await duck.connect();
  try {
    await connection.run(sql);
  } finally {
    connection.closeSync();
    duck.closeSync();
  }
}
