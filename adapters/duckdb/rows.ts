import { UserError } from '../../core/base/errors/errors.ts';
import { storedName } from '../../core/data/stored-names.ts';
import { rowsOf } from './ask.ts';
import { name, parquet } from './sql.ts';
import type { DuckDBConnection } from '@duckdb/node-api';
import { basename } from 'node:path';

/** A declared column in SQL: column('Amount') // => "~41~mount" with quotes around */
export const column = (declared: string): string => name(storedName(declared));

/** The rows of files of one schema, whose columns have the names that `column` gives, and the types by stored name. */
export interface PartRows {
  from: string;
  types: Map<string, string>;
}

/** Refuses files without a column of `needed`. */
export async function partRows(
  connection: DuckDBConnection,
  files: readonly string[],
  needed: readonly string[] = [],
): Promise<PartRows> {
  const held = await rowsOf<{ column_name: string; column_type: string }>(
    connection,
    `describe select * from ${parquet(files.slice(0, 1))}`,
  );
  // Files of versions without stored names hold "Amount" unchanged. If "amount" was declared too, both hold the values
  // of one, and DuckDB named the second one "amount_1": that column counts as missing.
  const old = held.map(({ column_name }) => column_name).filter((own) => /[A-Z]/.test(own));
  const renamed = old.map((own) => `${name(own)} as ${column(own)}`).join(', ');
  const types = new Map(
    held.map(({ column_name: own, column_type }) => [old.includes(own) ? storedName(own) : own, column_type]),
  );
  const missing = needed.filter((declared) => !types.has(storedName(declared)));
  if (missing.length > 0)
    throw new UserError(
      'SOURCE_COLUMN_MISSING',
      `${basename(files[0]!)} has no column ${missing.join(', ')}. It was written for another declaration, or by a ` +
        'version that confused names which differ only in case. Run the data loop again, then the training.',
    );
  return { from: old.length === 0 ? parquet(files) : `(select * rename (${renamed}) from ${parquet(files)})`, types };
}
