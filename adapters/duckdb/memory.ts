import { UserError } from '../../core/errors.ts';
import type { DuckDBConnection } from '@duckdb/node-api';
import { totalmem } from 'node:os';

/** Of a worker's memory; the rest is for Node.js, two extractions' sources and what the system keeps. */
const QUESTIONS = 1 / 4;
const EXTRACTION = 1 / 10;
/** One for the questions that are asked, one for each of two extractions. */
const ALL = QUESTIONS + 2 * EXTRACTION;
/** Less than this in all is taken for no machine, however small: DuckDB could not sort a day of rows. */
const LEAST_MB = 400;

/**
 * What each DuckDB of a worker may take: shares of the memory that the worker may take, or of `setting`, in MB, which is
 * for all together. duckMemory(4096) // => { questions: '1024MB', extraction: '409MB' }
 */
export function duckMemory(workerMb: number, setting?: number): { questions: string; extraction: string } {
  const mb = setting ?? Math.max(LEAST_MB, workerMb * ALL);
  const share = (of: number): string => `${Math.max(1, Math.floor((mb * of) / ALL))}MB`;
  return { questions: share(QUESTIONS), extraction: share(EXTRACTION) };
}

/** The memory that this process may take: its container's limit, else the machine's, in MB. */
export function workerMemoryMb(constrained = process.constrainedMemory(), total = totalmem()): number {
  return Math.floor((constrained > 0 && constrained < total ? constrained : total) / 2 ** 20);
}

/** DuckDB's complaint that it has too little memory, or disk, in words; null when it complains of something else. */
export async function tooLittleMemory(error: unknown, connection: DuckDBConnection): Promise<UserError | null> {
  const said = error instanceof Error ? error.message : '';
  if (!said.startsWith('Out of Memory Error')) return null;
  const limit = /\/([\d.]+ [KMGT]?i?B) used\)/.exec(said)?.[1] ?? 'its limit';
  return new UserError(
    'MEMORY_TOO_SMALL',
    said.includes('max_temp_directory_size')
      ? `DuckDB put ${limit} into ${await spillFolder(connection)}, all that it may: a quarter of what was free on that ` +
          'disk when it was opened. Free some of the disk and start the worker again, give it a larger one ' +
          '(PERENNIAL_DATA), raise PERENNIAL_DUCKDB_MEMORY_MB so that less is put there, or declare fewer columns.'
      : `DuckDB cannot do this within ${limit} of memory, though it puts on disk what it can. Give the worker more ` +
          'memory, or raise PERENNIAL_DUCKDB_MEMORY_MB (in a training, PERENNIAL_TRAINING_MEMORY_MB); or declare ' +
          'fewer columns.',
    { cause: error },
  );
}

async function spillFolder(connection: DuckDBConnection): Promise<string> {
  const answer = await connection.runAndReadAll("select current_setting('temp_directory')");
  return answer.getRowsJS()[0]![0] as string;
}
