import { SPLIT } from '../../../core/data/data.ts';
import type { Leak } from '../../../core/training/leaks.ts';
import { rowOf } from '../ask.ts';
import { column } from '../rows.ts';
import { parquet } from '../sql.ts';
import type { Searched } from './leaks.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

/** Beyond so many rows, only those whose hash falls into a part: equal rows fall into the same. */
const MOST_ROWS = 2_000_000;
const FEWEST = 10;
const LEAST_SHARE = 0.01;
/** Learnt rows have fewer different ones among them when columns have few values: then nothing is told. */
const FEWEST_DIFFERENT = 0.25;
/** Hardly any two different rows share such a column's value, so that equal rows are no chance. */
const NEARLY_UNIQUE = 0.9;
/** So many of the columns with the most values are left out, to see whether rows meet in the others by chance. */
const LEFT_OUT = 2;
const MOST_ALIKE = 0.1;

interface Repeated {
  rows: number;
  of: number;
}

/**
 * Rows of a later split that repeat a learnt one in all columns, unless chance does that: either a column's values are
 * nearly unique, or rows that repeat none do not even agree with one in all columns but the two with the most values.
 */
export async function repeatedRows(
  connection: DuckDBConnection,
  file: string,
  columns: readonly Searched[],
  mostRows = MOST_ROWS,
): Promise<Leak[]> {
  // The hour is the time's: a row that comes again has another.
  const read = columns.filter((each) => each.read);
  if (read.length === 0) return [];
  const { total } = await rowOf<{ total: number }>(
    connection,
    `select count(*)::double as total from ${parquet([file])}`,
  );
  const searched = `h % ${Math.ceil(total / mostRows)} = 0`;
  await connection.run(
    `create temp table leak_hashes as select h, ${(['train', 'selection', 'calibration', 'holdout'] as const)
      .map((split) => `count(*) filter (${SPLIT} = '${split}') as ${split}`)
      .join(', ')}
     from (select ${SPLIT}, ${hashed(read)} as h from ${parquet([file])})
     where ${searched} group by h`,
  );
  const counts = await rowOf<Record<'learnt' | 'different' | 'selection' | 'selected' | 'holdout' | 'held', number>>(
    connection,
    `select coalesce(sum(learnt), 0)::double as learnt, (count(*) filter (learnt > 0))::double as different,
       coalesce(sum(selection) filter (train > 0), 0)::double as selection, coalesce(sum(selection), 0)::double as selected,
       coalesce(sum(holdout) filter (learnt > 0), 0)::double as holdout, coalesce(sum(holdout), 0)::double as held
     from (select *, train + selection + calibration as learnt from leak_hashes)`,
  );
  const many = ({ rows, of }: Repeated): boolean => rows >= FEWEST && rows >= LEAST_SHARE * of;
  const holdout = { rows: counts.holdout, of: counts.held };
  const selection = { rows: counts.selection, of: counts.selected };
  if (!many(holdout) && !many(selection)) return [];
  if (counts.different < FEWEST_DIFFERENT * counts.learnt || (await byChance(connection, file, read, searched)))
    return [];
  return [
    ...(many(holdout) ? [{ kind: 'repeated' as const, split: 'holdout' as const, ...holdout }] : []),
    ...(many(selection) ? [{ kind: 'repeated' as const, split: 'selection' as const, ...selection }] : []),
  ];
}

const hashed = (some: readonly Searched[]): string => `hash(${some.map((each) => column(each.declared)).join(', ')})`;

async function byChance(
  connection: DuckDBConnection,
  file: string,
  read: readonly Searched[],
  searched: string,
): Promise<boolean> {
  const distinct = read.map(({ name }) => `count(distinct ${name})::double as ${name}`);
  const { rows, ...levels } = await rowOf<Record<string, number>>(
    connection,
    `select count(distinct hash(${read.map(({ name }) => name).join(', ')}))::double as rows, ${distinct.join(', ')}
     from leak_rows`,
  );
  const ordered = [...read].sort((a, b) => levels[b.name]! - levels[a.name]!);
  if (levels[ordered[0]!.name]! >= NEARLY_UNIQUE * rows!) return false;
  const coarse = ordered.slice(LEFT_OUT);
  if (coarse.length === 0) return true;
  const { alike, of } = await rowOf<{ alike: number; of: number }>(
    connection,
    `with rows as (select ${SPLIT} as split, ${hashed(read)} as h, ${hashed(coarse)} as part from ${parquet([file])})
     select (count(*) filter (part in (select part from rows where split <> 'holdout')))::double as alike,
       count(*)::double as of
     from rows where split = 'holdout' and ${searched} and h not in (select h from leak_hashes where train + selection + calibration > 0)`,
  );
  return alike > MOST_ALIKE * of;
}
