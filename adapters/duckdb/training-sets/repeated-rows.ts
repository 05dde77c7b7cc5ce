import { SPLIT } from '../../../core/data/data.ts';
import type { Leak } from '../../../core/training/leaks.ts';
import { rowOf } from '../ask.ts';
import { column } from '../rows.ts';
import { parquet } from '../sql.ts';
import type { Searched } from './leaks.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

/** Beyond so many rows, only those whose hash falls into a part: rows that are nearly equal fall into the same. */
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
/** Numbers are nearly equal that have so many digits in common. */
const DIGITS = 4;
/** Rows that are nearly equal by chance would be so many times more if numbers had a digit less in common. */
const MORE_BY_CHANCE = 1.25;
const FEWEST_DIFFERENT_ROUNDED = 0.6;

type Split = 'holdout' | 'selection';
const splits: readonly Split[] = ['holdout', 'selection'];

/** Rows of a later split that repeat a learnt one; and how many different ones the learnt ones have among them. */
interface Repeated extends Record<Split, number> {
  learnt: number;
  different: number;
}

/**
 * Rows of a later split that repeat a learnt one in all columns, if only once numbers are rounded, unless chance does that.
 * Exactly: unless no column's values are nearly unique, and rows that repeat none agree with one in all columns but the two
 * with the most values. Rounded: unless a digit less makes them many more.
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
  const searched = `coarse % ${Math.ceil(total / mostRows)} = 0`;
  await connection.run(
    `create temp table leak_hashes as select h, near, coarse, ${(
      ['train', 'selection', 'calibration', 'holdout'] as const
    )
      .map((split) => `count(*) filter (${SPLIT} = '${split}') as ${split}`)
      .join(', ')}
     from ${hashedRows(file, read)} where ${searched} group by h, near, coarse`,
  );
  const of = await rowOf<Record<Split, number>>(
    connection,
    `select coalesce(sum(selection), 0)::double as selection, coalesce(sum(holdout), 0)::double as holdout from leak_hashes`,
  );
  const many = (rows: number, split: Split): boolean => rows >= FEWEST && rows >= LEAST_SHARE * of[split];

  const exact = await repeatedBy(connection, 'h');
  const isReal =
    splits.some((split) => many(exact[split], split)) &&
    exact.different >= FEWEST_DIFFERENT * exact.learnt &&
    !(await byChance(connection, file, read, searched));
  const near = await repeatedBy(connection, 'near');
  const coarse = await repeatedBy(connection, 'coarse');
  return splits.flatMap((split): Leak[] => {
    const rounded = near[split] - exact[split];
    const isNear =
      many(rounded, split) &&
      near.different >= FEWEST_DIFFERENT_ROUNDED * near.learnt &&
      coarse[split] - exact[split] <= MORE_BY_CHANCE * rounded;
    const same = isReal && many(exact[split], split) ? exact[split] : 0;
    const rows = same + (isNear ? rounded : 0);
    return rows === 0 ? [] : [{ kind: 'repeated', split, rows, of: of[split], ...(isNear && { rounded }) }];
  });
}

/**
 * Each row's split and values (`v0` and so on), and the hash of these: as they are (`h`), rounded (`near`), and to a digit
 * less (`coarse`).
 */
function hashedRows(file: string, read: readonly Searched[]): string {
  const numbers = [...read.keys()].filter((i) => read[i]!.value === 'number');
  const values = read.map(({ declared }, i) => `${column(declared)} as v${i}`);
  // The first digits of a number (`d0` and so on), and at which of its digits they begin (`e0`).
  const digits = numbers.map((i) => `round(v${i} / pow(10, e${i} - ${DIGITS - 1})) as d${i}`);
  const exponents = numbers.map((i) => `case when v${i} = 0 then 0 else floor(log10(abs(v${i}))) end as e${i}`);
  const hash = (digitsOf: (i: number) => string): string =>
    `hash(${read.map((_, i) => (numbers.includes(i) ? `${digitsOf(i)}, e${i}` : `v${i}`)).join(', ')})`;
  return `(select *, ${hashed(read.keys())} as h, ${hash((i) => `d${i}`)} as near, ${hash((i) => `round(d${i} / 10)`)} as coarse
    from (select ${['*', ...digits].join(', ')} from (select ${['*', ...exponents].join(', ')}
    from (select ${[SPLIT, ...values].join(', ')} from ${parquet([file])}))))`;
}

const repeatedBy = (connection: DuckDBConnection, by: 'h' | 'near' | 'coarse'): Promise<Repeated> =>
  rowOf<Repeated & Record<string, number>>(
    connection,
    `select coalesce(sum(learnt), 0)::double as learnt, (count(*) filter (learnt > 0))::double as different,
       coalesce(sum(selection) filter (train > 0), 0)::double as selection,
       coalesce(sum(holdout) filter (learnt > 0), 0)::double as holdout
     from (select sum(train) as train, sum(selection) as selection, sum(holdout) as holdout,
       sum(train + selection + calibration) as learnt from leak_hashes group by ${by})`,
  );

const hashed = (places: Iterable<number>): string => `hash(${[...places].map((i) => `v${i}`).join(', ')})`;

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
  const others = ordered.slice(LEFT_OUT).map((each) => read.indexOf(each));
  if (others.length === 0) return true;
  const { alike, of } = await rowOf<{ alike: number; of: number }>(
    connection,
    `with rows as (select ${SPLIT} as split, h, coarse, ${hashed(others)} as part from ${hashedRows(file, read)})
     select (count(*) filter (part in (select part from rows where split <> 'holdout')))::double as alike,
       count(*)::double as of
     from rows where split = 'holdout' and ${searched} and h not in (select h from leak_hashes where train + selection + calibration > 0)`,
  );
  return alike > MOST_ALIKE * of;
}
