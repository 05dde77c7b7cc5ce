import type { Database } from './database.ts';

/** Rows deleted in one transaction. */
export const ROWS_AT_ONCE = 10_000;

export interface Doomed {
  /** Its name, and maybe another for `where`. */
  table: string;
  /** The columns of its primary key. */
  key: readonly string[];
  /** What is true of the rows to delete, with `values` as $1 and so on. */
  where: string;
  values: readonly unknown[];
}

interface Piece {
  doomed: number;
  /** The key of the last row that it looked at. */
  last: string[];
}

/**
 * Deletes rows along the primary key, so each row is looked at once, and stops between two pieces when asked to. Returns
 * how many went; in a dry run, how many would.
 */
export async function deleteInPieces(
  database: Database,
  { table, key, where, values }: Doomed,
  { dryRun, signal }: { dryRun: boolean; signal: AbortSignal },
): Promise<number> {
  const columns = key.join(', ');
  const after = key.map((_, i) => `$${values.length + i + 1}`).join(', ');
  let count = 0;
  for (let last: string[] | undefined = []; last;) {
    signal.throwIfAborted();
    const { rows }: { rows: Piece[] } = await database.query<Piece>(
      `with piece as (
         select ctid as place, ${columns}, ${where} as is_doomed from ${table}
         ${last.length > 0 ? `where (${columns}) > (${after})` : ''}
         order by ${columns} limit ${ROWS_AT_ONCE}
       )${dryRun ? '' : `, gone as (delete from ${table} where ctid = any(array(select place from piece where is_doomed)))`}
       select (select count(*) from piece where is_doomed) as doomed,
         array[${key.map((column) => `${column}::text`).join(', ')}] as last
       from piece order by ${key.map((column) => `${column} desc`).join(', ')} limit 1`,
      [...values, ...last],
    );
    count += rows[0]?.doomed ?? 0;
    last = rows[0]?.last;
  }
  return count;
}
