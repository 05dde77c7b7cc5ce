import { parquet, rowGroup, text } from './sql.ts';
import type { DuckDBConnection } from '@duckdb/node-api';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Columns that are sorted together. */
const TOGETHER = 100;
/** No column has this stored name: there a number follows each "~" (core/data/stored-names.ts). */
const ROW = '"~row"';
/** Whether a table has more columns than are sorted together. */
export const isWide = (columns: number): boolean => columns > TOGETHER;

/** What to write: the columns by their names in `select`, and the order in expressions over them. */
export interface Sorted {
  select: string;
  columns: string[];
  order: string;
  /** The most rows in a group, which is read as a whole; by default as many as fit well into memory. */
  group?: number;
}

/**
 * Writes rows in order as Parquet; returns how many. DuckDB sorts whole rows, and even on disk needs some thousands of
 * them in memory. So a wide table is first written unsorted, then sorted some columns at a time, each time into the
 * same order, and these are joined side by side.
 */
export async function copySorted(connection: DuckDBConnection, sorted: Sorted, file: string): Promise<number> {
  const { select, columns, order, group = Infinity } = sorted;
  const copy = async (rows: string, into: string): Promise<number> => {
    const options = `format parquet, compression zstd, ${rowGroup(columns.length, group)}`;
    return (await connection.run(`copy (${rows}) to ${text(into)} (${options})`)).rowsChanged;
  };
  if (!isWide(columns.length)) return copy(`select ${columns.join(', ')} from (${select}) order by ${order}`, file);

  const folder = await mkdtemp(join(dirname(file), 'sort-'));
  try {
    const unsorted = join(folder, 'unsorted.parquet');
    // The row number makes the order repeatable for rows with equal sort keys.
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
