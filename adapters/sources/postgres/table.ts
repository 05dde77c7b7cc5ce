import { UserError } from '../../../core/base/errors/errors.ts';
import type { ReadingOf } from '../extraction.ts';
import type { Source } from './source.ts';

export interface SourceColumn {
  name: string;
  /** As the table's definition writes it, for people. */
  written: string;
  /** Postgres's own name of the type, of the base type for a domain, and `enum` for an enum. */
  type: string;
}

/** The quoted name of a table, of a schema too when one is named. */
export const quotedTable = (table: string): string => table.split('.').map(quoted).join('.');
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A table's columns by name. Throws SOURCE_TABLE_MISSING with the tables there are, the most alike first. */
export async function columnsOf(
  { client, where }: Source,
  { from: { table } }: ReadingOf<'postgres'>,
): Promise<Map<string, SourceColumn>> {
  const { rows } = await client.query<SourceColumn>(
    `with recursive named as (
       select a.attnum, a.attname as name, format_type(a.atttypid, a.atttypmod) as written, t.typname, t.typtype, t.typbasetype
       from pg_attribute a join pg_type t on t.oid = a.atttypid
       where a.attrelid = to_regclass($1) and a.attnum > 0 and not a.attisdropped
       union all
       select n.attnum, n.name, n.written, t.typname, t.typtype, t.typbasetype
       from named n join pg_type t on t.oid = n.typbasetype where n.typtype = 'd'
     )
     select name, written, case typtype when 'e' then 'enum' else typname end as type
     from named where typtype <> 'd' order by attnum`,
    [quotedTable(table)],
  );
  if (rows.length > 0) return new Map(rows.map((column) => [column.name, column]));

  const tables = await client.query<{ name: string }>(
    `select case when pg_table_is_visible(c.oid) then relname else nspname || '.' || relname end as name
     from pg_class c join pg_namespace n on n.oid = relnamespace
     where relkind in ('r', 'p', 'v', 'm', 'f') and not relispartition
       and nspname <> 'information_schema' and nspname not like 'pg\\_%'`,
  );
  const names = tables.rows.map(({ name }) => name).sort((a, b) => unlikeness(a, table) - unlikeness(b, table));
  const listed = names.slice(0, 20).join(', ') + (names.length > 20 ? `, and ${names.length - 20} more` : '');
  throw new UserError(
    'SOURCE_TABLE_MISSING',
    `There is no table ${where}; ${names.length > 0 ? `the tables are: ${listed}` : 'the database has no tables'}. ` +
      'Write the name as the database spells it, capitals included, with its schema if need be.',
  );
}

/** How many letters lie between two names. https://en.wikipedia.org/wiki/Levenshtein_distance */
function unlikeness(a: string, b: string): number {
  const from = a.toLowerCase();
  const to = b.toLowerCase();
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[to.length]!;
}
