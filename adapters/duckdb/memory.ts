import { UserError } from '../../core/base/errors/errors.ts';
import type { DuckDBConnection } from '@duckdb/node-api';
import { totalmem } from 'node:os';

/**
 * The share of a worker's memory without its training's; the rest is for Node.js, two extractions' sources and the
 * system.
 */
const QUESTIONS = 1 / 4;
const EXTRACTION = 1 / 10;
/** One for queries, one for each of two extractions. */
const ALL = QUESTIONS + 2 * EXTRACTION;
/** The minimum in total, however small the machine: with less DuckDB could not sort a day of rows. */
const LEAST_MB = 400;

/** In MB. */
export interface WorkerMemory {
  /** The memory of the worker, including its training process. */
  workerMb: number;
  /** The memory of that process, if the worker trains. */
  trainingMb?: number;
  /** The memory of all its DuckDBs, if set; otherwise a share. */
  setting?: number | undefined;
}

/** The memory of all DuckDBs of a worker: duckMemoryMb({ workerMb: 4096, trainingMb: 2048 }) // => 921 */
export const duckMemoryMb = ({ workerMb, trainingMb = 0, setting }: WorkerMemory): number =>
  setting ?? Math.floor(Math.max(LEAST_MB, (workerMb - trainingMb) * ALL));

/** The memory of each: duckMemory({ workerMb: 4096 }) // => { questions: '1023MB', extraction: '409MB' } */
export function duckMemory(memory: WorkerMemory): { questions: string; extraction: string } {
  const mb = duckMemoryMb(memory);
  const share = (of: number): string => `${Math.max(1, Math.floor((mb * of) / ALL))}MB`;
  return { questions: share(QUESTIONS), extraction: share(EXTRACTION) };
}

/** The memory that this process may take, in MB: its container's limit, or the machine's without one. */
export function memoryHere(constrained = process.constrainedMemory(), total = totalmem()): MemoryHere {
  const limited = constrained > 0 && constrained < total;
  return { mb: Math.floor((limited ? constrained : total) / 2 ** 20), of: limited ? 'container' : 'machine' };
}
export interface MemoryHere {
  mb: number;
  of: 'container' | 'machine';
}

/** The error for a DuckDB that lacks memory or disk; null for its other errors. */
export async function tooLittleMemory(error: unknown, connection: DuckDBConnection): Promise<UserError | null> {
  const said = error instanceof Error ? error.message : '';
  if (!said.startsWith('Out of Memory Error')) return null;
  const limit = /\/([\d.]+ [KMGT]?i?B) used\)/.exec(said)?.[1] ?? 'its limit';
  return new UserError(
    'MEMORY_TOO_SMALL',
    said.includes('max_temp_directory_size')
      ? `DuckDB wrote ${limit} to ${await spillFolder(connection)}, its limit: a quarter of the space that was free on that ` +
          'disk when the worker started. Free some space and restart the worker, give it a larger disk ' +
          '(PERENNIAL_DATA), raise PERENNIAL_DUCKDB_MEMORY_MB to write less there, or declare fewer columns.'
      : `DuckDB cannot do this within ${limit} of memory, though it spills to disk what it can. Give the worker more ` +
          'memory, or raise PERENNIAL_DUCKDB_MEMORY_MB (in a training, PERENNIAL_TRAINING_MEMORY_MB); or declare ' +
          'fewer columns.',
    { cause: error },
  );
}

async function spillFolder(connection: DuckDBConnection): Promise<string> {
  const answer = await connection.runAndReadAll("select current_setting('temp_directory')");
  return answer.getRowsJS()[0]![0] as string;
}
