import { UserError, messageOf } from '../../core/base/errors/errors.ts';
import { hashFile } from '../objects/hash-file.ts';
import { tooLittleMemory } from './memory.ts';
import { parquet } from './sql.ts';
import type { DuckDBConnection, DuckDBDataChunk, DuckDBInstance } from '@duckdb/node-api';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename } from 'node:path';

export interface Duck {
  instance: DuckDBInstance;
  /** The abort signal of the step that runs the query. */
  signal(): AbortSignal | undefined;
}

const INTERRUPT_EVERY_MS = 50;

/** Runs one query on its own connection. A failure names a file of `files` if that is unreadable. */
export async function ask<T>(
  duck: Duck,
  files: readonly string[],
  question: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const signal = duck.signal();
  signal?.throwIfAborted();
  const connection = await duck.instance.connect();
  const forget = interruptOn(signal, connection);
  try {
    return await question(connection);
  } catch (error) {
    signal?.throwIfAborted();
    throw await inWords(error, connection, files);
  } finally {
    forget();
    connection.closeSync();
  }
}

/** Like `ask`, for a streamed result: the connection lives as long as its reader. */
export async function* stream<T>(
  duck: Duck,
  files: readonly string[],
  question: (connection: DuckDBConnection) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const signal = duck.signal();
  signal?.throwIfAborted();
  const connection = await duck.instance.connect();
  const forget = interruptOn(signal, connection);
  try {
    for await (const part of question(connection)) {
      signal?.throwIfAborted();
      yield part;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw await inWords(error, connection, files);
  } finally {
    forget();
    connection.closeSync();
  }
}

/** Interrupts repeatedly, since an interruption between two statements is lost. Call the result at the end. */
export function interruptOn(signal: AbortSignal | undefined, connection: DuckDBConnection): () => void {
  let timer: NodeJS.Timeout | undefined;
  const interrupt = (): void => connection.interrupt();
  const begin = (): void => {
    interrupt();
    timer = setInterval(interrupt, INTERRUPT_EVERY_MS);
  };
  if (signal?.aborted) begin();
  else signal?.addEventListener('abort', begin, { once: true });
  return () => {
    clearInterval(timer);
    signal?.removeEventListener('abort', begin);
  };
}

/**
 * The rows that a statement returns. Cast whole numbers to double in the statement: a BIGINT would be a bigint here.
 */
export async function rowsOf<Row>(connection: DuckDBConnection, sql: string): Promise<Row[]> {
  return (await connection.runAndReadAll(sql)).getRowObjectsJS() as Row[];
}

/** For a statement that returns one row, an aggregate. */
export async function rowOf<Row>(connection: DuckDBConnection, sql: string): Promise<Row> {
  return (await rowsOf<Row>(connection, sql))[0]!;
}

/**
 * Chunks lie outside of JavaScript's heap, and are freed when it collects what it made last. Few objects are made while one
 * only counts, so tens of megabytes of chunks would pile up: so many words of litter a chunk make it look sooner.
 */
const LITTER = 16_000;

/** What a statement returns, some thousand rows at a time. A chunk is not to be kept. */
export async function* chunksOf(connection: DuckDBConnection, sql: string): AsyncGenerator<DuckDBDataChunk> {
  const result = await connection.stream(sql);
  const litter: unknown[] = [];
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    litter[0] = new Array(LITTER);
    yield chunk;
  }
}

/** The error to throw for a failed query over `files`. */
async function inWords(error: unknown, connection: DuckDBConnection, files: readonly string[]): Promise<unknown> {
  if (error instanceof UserError) return error;
  return (await tooLittleMemory(error, connection)) ?? (await unreadable(connection, files)) ?? error;
}

/** DuckDB does not always name the broken file, so this reads them one by one until one fails. */
export async function unreadable(connection: DuckDBConnection, files: readonly string[]): Promise<Error | undefined> {
  for (const file of files) {
    if (!existsSync(file))
      return new UserError(
        'OBJECT_MISSING',
        `${basename(file)} is no longer at ${file}. Run this again, which fetches it from the object store.`,
      );
    try {
      await connection.run(`select max(hash(columns(*))) from ${parquet([file])}`);
    } catch (error) {
      return (
        (await tooLittleMemory(error, connection)) ??
        (await rotten(connection, file)) ??
        new UserError(
          'OBJECT_CORRUPT',
          `${basename(file)} at ${file} cannot be read as Parquet (${messageOf(error).trim()}). Delete the file and run ` +
            'this again; if the copy in the object store is damaged too, restore the object from a backup, or delete it ' +
            'and rerun the loop that made it (for a part, the data loop, which extracts it again).',
          { cause: error },
        )
      );
    }
  }
  return undefined;
}

/** A cached copy that does not hold any more what was fetched is deleted: another attempt fetches it again, in any step. */
async function rotten(connection: DuckDBConnection, file: string): Promise<Error | null> {
  const name = basename(file);
  if (!/^[0-9a-f]{64}$/.test(name) || (await hashFile(file)).sha256 === name) return null;
  await rm(file, { force: true });
  // DuckDB would find what it has read of it in a file of the same second: switched off, it forgets.
  for (const on of [false, true]) await connection.run(`set enable_external_file_cache = ${on}`);
  return new Error(
    `${name} at ${file} does not hold any more what was fetched, and was deleted: the next attempt fetches it again. ` +
      'If this happens often, check the disk.',
  );
}
