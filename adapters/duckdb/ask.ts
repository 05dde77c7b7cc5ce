import { UserError, messageOf } from '../../core/errors.ts';
import { parquet } from './sql.ts';
import { type DuckDBConnection, type DuckDBInstance } from '@duckdb/node-api';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';

/** Runs one question on a connection of its own. A failure is blamed on a file of `files` when that cannot be read. */
export async function ask<T>(
  instance: DuckDBInstance,
  files: readonly string[],
  question: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const connection = await instance.connect();
  try {
    return await question(connection);
  } catch (error) {
    throw error instanceof UserError ? error : ((await unreadable(connection, files)) ?? error);
  } finally {
    connection.closeSync();
  }
}

/** The rows that a statement returns. Cast whole numbers to double in the statement: a BIGINT would be a bigint here. */
export async function rowsOf<Row>(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJS() as Row[];
}

/** For a statement that returns one row, an aggregate. */
export async function rowOf<Row>(connection: DuckDBConnection, sql: string): Promise<Row> {
  return (await rowsOf<Row>(connection, sql))[0]!;
}

/** DuckDB does not always say which of many files is broken, so they are read one by one until one fails. */
export async function unreadable(
  connection: DuckDBConnection,
  files: readonly string[],
): Promise<UserError | undefined> {
  for (const file of files) {
    if (!existsSync(file))
      return new UserError(
        'OBJECT_MISSING',
        `${basename(file)} is no longer at ${file}. Run this again: it is fetched anew from the object store.`,
      );
    try {
      await connection.run(`select max(hash(columns(*))) from ${parquet([file])}`);
    } catch (error) {
      return new UserError(
        'OBJECT_CORRUPT',
        `${basename(file)} at ${file} cannot be read as Parquet (${messageOf(error).trim()}). Delete the file and run ` +
          'this again; if it comes back so from the object store, restore the object from a backup, or delete it and ' +
          'run the loop that made it again (for a part, the data loop, which then extracts it anew).',
        { cause: error },
      );
    }
  }
  return undefined;
}
