import { text } from './sql.ts';
import { DuckDBInstance } from '@duckdb/node-api';
import { statfs } from 'node:fs/promises';

/** The share of the free disk: three run at once in a worker, and models, training sets and the log need space too. */
const DISK = 1 / 4;

export interface DuckOptions {
  memoryLimit: string;
  threads: number;
  /** The folder that DuckDB spills to. */
  folder: string;
  /** The limit of its spill; by default a share of the space that is free when it opens. */
  diskLimit?: string;
}

/** A DuckDB in memory that spills to `folder` and never fetches an extension. */
export async function openDuck({ memoryLimit, threads, folder, diskLimit }: DuckOptions): Promise<DuckDBInstance> {
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: memoryLimit,
    threads: String(threads),
    temp_directory: folder,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  // As one of the options above DuckDB accepts it but ignores it.
  const connection = await instance.connect();
  await connection.run(`set max_temp_directory_size = ${text(diskLimit ?? (await shareOfDisk(folder)))}`);
  connection.closeSync();
  return instance;
}

async function shareOfDisk(folder: string): Promise<string> {
  const { bavail, bsize } = await statfs(folder);
  return `${Math.max(1, Math.floor((bavail * bsize * DISK) / 2 ** 20))}MiB`;
}
