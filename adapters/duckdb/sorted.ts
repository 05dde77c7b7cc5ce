import { parquet, rowGroup, text } from './sql.ts';
import type { DuckDBConnection } from '@duckdb/node-api';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Columns that are sorted together. */
const TOGETHER = 100;
/** No column is stored by this name: behind a "~" stands a number there (core/data/stored-names.ts). */
const ROW = '"~row"';
/** Whether a table has more columns than are sorted together. */
export const isWide = (columns: number): boolean => columns > TOGETHER;

/** What to write: the columns by their names in `select`, and the order in expressions over them. */
export interface Sorted {
  select: string;
  columns: string[];
  order: string;
}

/**
 * Writes rows in order as Parquet; returns how many. DuckDB carries whole rows when it sorts, and even on disk needs some
 * thousands of them in memory. So a wide table is written as it comes, then sorted some columns at a time, each time into
 * the same order, and these are put side by side.
 */
export async function copySorted(connection: DuckDBConnection, sorted: Sorted, file: string): Promise<number> {
  const { select, columns, order } = sorted;
  const copy = async (rows: string, into: string): Promise<number> => {
    const options = `format parquet, compression zstd, ${rowGroup(columns.length)}`;
    return (await connection.run(`copy (${rows}) to ${text(into)} (${options})`)).rowsChanged;
  };
  if (!isWide(columns.length)) return copy(`select ${columns.join(', ')} from (${select}) order by ${order}`, file);

  const folder = await mkdtemp(join(dirname(file), 'sort-'));
  try {
    const unsorted = join(folder, 'unsorted.parquet');
    // The row's number makes the order the same each time, where rows are equal in all that they are ordered by.
    await copy(`select ${columns.join(', ')}, row_number() over () as ${ROW} from (${select})`, unsorted);
    const blocks: string[] = [];
    for (let first = 0; first < columns.length; first += TOGETHER) {
      const block = join(folder, `${first}.parquet`);
      const some = columns.slice(first, first + TOGETHER).join(', ');
      await copy(`select ${some} from ${parquet([unsorted])} order by ${order}, ${ROW}`, block);
      blocks.push(block);
    }
    return await copy(
      `select * from ${blocks.map((block, i) => `${parquet([block])} as block${i}`).join(' positional join ')}`,
      file,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
