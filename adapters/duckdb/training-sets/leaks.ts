import { KEY, LABEL, SPLIT, TIME } from '../../../core/data/data.ts';
import { readColumns, valueTypeOf } from '../../../core/columns/index.ts';
import { TOO_GOOD, type Leak, type LeakQuestion, type Leaks } from '../../../core/training/leaks.ts';
import { rowOf } from '../ask.ts';
import { column } from '../rows.ts';
import { parquet } from '../sql.ts';
import { repeatedRows } from './repeated-rows.ts';
import { strengths } from './strengths.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

/** Rows of the splits that are learnt from: what the holdout's labels say is for the gate alone. */
const LEARNT = `${SPLIT} <> 'holdout'`;
const MOST_ROWS = 50_000;
/** A wide table is searched in fewer rows. */
const MOST_CELLS = 2_000_000;
/** With fewer, a column is good or unique by chance. */
const FEWEST_ROWS = 100;
const FEWEST_OF_A_CLASS = 20;
const PARTS = 1_000_000;

/** A column of the sample `leak_rows`. */
export interface Searched {
  declared: string;
  name: string;
  value: 'number' | 'text' | 'boolean';
  read: boolean;
}

/** What is too good to be true in a training set. The same rows are searched each time. */
export async function leaks(connection: DuckDBConnection, file: string, question: LeakQuestion): Promise<Leaks> {
  const rows = await sample(connection, file, question);
  const read = new Set(readColumns(question.columns).map(([declared]) => declared));
  const columns = Object.entries(question.columns).map(([declared, of], i): Searched => ({
    declared,
    name: `c${i}`,
    value: valueTypeOf(of),
    read: read.has(declared),
  }));
  const found = [
    ...(await predicting(connection, columns, question)),
    ...(await namingRows(connection, file, columns)),
    ...(await repeatedRows(connection, file, columns)),
  ];
  return { found, rows };
}

/** Fills the table `leak_rows`; of two classes it takes as many rows of each as it can. Returns how many it took. */
async function sample(connection: DuckDBConnection, file: string, question: LeakQuestion): Promise<number> {
  const { rows, positives, columns, kind, seed } = question;
  const names = Object.keys(columns);
  const learnt = (of: typeof rows): number => of.train + of.selection + of.calibration;
  const most = Math.min(MOST_ROWS, Math.floor(MOST_CELLS / names.length));
  const part = (count: number, of: number): number => Math.ceil(PARTS * Math.min(1, count / Math.max(1, of)));
  const [all, positive] = [learnt(rows), learnt(positives)];
  const parts =
    kind !== 'binary'
      ? `${part(most, all)}`
      : `case when ${LABEL} = 1 then ${part(most / 2, positive)} else ${part(most - Math.min(positive, most / 2), all - positive)} end`;
  const values = names.map((name, i) => `${column(name)} as c${i}`);
  await connection.run(
    `create temp table leak_rows as select ${LABEL}::double as y, epoch(${TIME}) as happened,
       (hash(${KEY}, ${Math.trunc(seed)}, 'half') % 2)::int as half, ${values.join(', ')}
     from ${parquet([file])}
     where ${LEARNT} and hash(${KEY}, ${Math.trunc(seed)}, 'leaks') % ${PARTS} < ${parts}`,
  );
  return (await rowOf<{ rows: number }>(connection, 'select count(*)::double as rows from leak_rows')).rows;
}

async function predicting(connection: DuckDBConnection, columns: Searched[], { kind }: LeakQuestion): Promise<Leak[]> {
  const { rows, positives } = await rowOf<{ rows: number; positives: number }>(
    connection,
    'select count(*)::double as rows, coalesce(sum(y), 0) as positives from leak_rows',
  );
  if (rows < FEWEST_ROWS) return [];
  if (kind === 'binary' && Math.min(positives, rows - positives) < FEWEST_OF_A_CLASS) return [];
  const by = kind === 'binary' ? 'rocAuc' : 'rankCorrelation';
  const found = await strengths(connection, columns, by, rows);
  return columns.flatMap(({ declared }, i): Leak[] => {
    // Sums of doubles by threads differ in the last digits.
    const value = Number(found[i]!.toFixed(6));
    return value > TOO_GOOD[by] ? [{ kind: 'predicts', column: declared, by, value }] : [];
  });
}

const NEARLY_ALL = 0.99;
const MOSTLY_UNIQUE = 0.9;
const A_FEW = 0.01;
/** DuckDB refuses sums of squares that are infinite. */
const LARGEST_SQUARED = 1e150;
const TWENTY_YEARS = 20 * 365.25 * 86_400;

/** Columns that hold times after the row's own, or a value for each row. */
async function namingRows(connection: DuckDBConnection, file: string, columns: Searched[]): Promise<Leak[]> {
  const searched = columns.filter(({ value, read }) => value !== 'boolean' && read);
  if (searched.length === 0) return [];
  const counted = (what: string, as: string): string => `(count(*) filter (${what}))::double as ${as}`;
  const facts = searched.flatMap(({ name, value }) => {
    // As seconds since 1970. Milliseconds and microseconds lie far from any second of our days, and so does most else.
    const times =
      value === 'number' ? [name, `${name} / 1e3`, `${name} / 1e6`] : [`epoch(try_cast(${name} as timestamp))`];
    return [
      `count(${name})::double as ${name}_known`,
      `count(distinct ${name})::double as ${name}_levels`,
      ...times.flatMap((time, i) => [
        counted(`abs(${time} - happened) < ${TWENTY_YEARS}`, `${name}_times${i}`),
        counted(`${time} > happened + 1 and abs(${time} - happened) < ${TWENTY_YEARS}`, `${name}_later${i}`),
      ]),
      ...(value === 'number'
        ? [
            counted(`${name} = trunc(${name})`, `${name}_whole`),
            `max(${name}) - min(${name}) as ${name}_width`,
            `corr(case when abs(${name}) < ${LARGEST_SQUARED} then ${name} end, happened) as ${name}_rises`,
          ]
        : []),
    ];
  });
  const found = await rowOf<Record<string, number | null>>(connection, `select ${facts.join(', ')} from leak_rows`);
  const { rows: total } = await rowOf<{ rows: number }>(
    connection,
    `select count(*)::double as rows from ${parquet([file])}`,
  );
  const leaks: Leak[] = [];
  for (const { declared, name, value } of searched) {
    const fact = (of: string): number => found[`${name}_${of}`] ?? 0;
    const known = fact('known');
    const unit = [0, 1, 2].find((i) => known >= FEWEST_OF_A_CLASS && fact(`times${i}`) >= NEARLY_ALL * known);
    if (unit !== undefined && fact(`later${unit}`) >= A_FEW * known)
      leaks.push({ kind: 'later', column: declared, rows: fact(`later${unit}`), of: known });

    if (known < FEWEST_ROWS || fact('levels') < MOSTLY_UNIQUE * known) continue;
    // Numbers that were measured differ, too. A number that counts rows is whole, and dense or rising with time.
    const counts =
      fact('whole') === known &&
      fact('levels') >= NEARLY_ALL * known &&
      (fact('width') <= 2 * total || Math.abs(fact('rises')) > NEARLY_ALL);
    if (value === 'number' ? !counts : !(await isKey(connection, file, declared))) continue;
    leaks.push({ kind: 'key', column: declared, levels: fact('levels'), of: known });
  }
  return leaks;
}

/** Among few rows of many, levels that several rows share look unique. */
async function isKey(connection: DuckDBConnection, file: string, declared: string): Promise<boolean> {
  const { levels, known } = await rowOf<{ levels: number; known: number }>(
    connection,
    `select count(distinct ${column(declared)})::double as levels, count(${column(declared)})::double as known
     from ${parquet([file])}`,
  );
  return levels >= MOSTLY_UNIQUE * known;
}
