import { DuckDBInstance } from '@duckdb/node-api';

export interface DuckOptions {
  memoryLimit: string;
  threads: number;
  /** Where DuckDB puts what does not fit into memory. */
  folder: string;
}

/** A DuckDB in memory that spills to `folder` and never fetches an extension. */
export const openDuck = ({ memoryLimit, threads, folder }: DuckOptions): Promise<DuckDBInstance> =>
  DuckDBInstance.create(':memory:', {
    memory_limit: memoryLimit,
    threads: String(threads),
    temp_directory: folder,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
