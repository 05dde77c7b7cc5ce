import { rowOf, rowsOf } from '../ask.ts';
import type { Searched } from './leaks.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

/** Columns that are looked at in one statement. */
const TOGETHER = 25;
/** Values of a number that are held to be one level. */
const MOST_BINS = 256;
const ROWS_PER_BIN = 20;

/**
 * How well each column alone ranks the rows of `leak_rows` by their label. A row's score is what the rows of its level
 * have in the other half, so a level of one row knows nothing. A number's levels are groups of as many rows.
 */
export async function strengths(
  connection: DuckDBConnection,
  columns: readonly Searched[],
  by: 'rocAuc' | 'rankCorrelation',
  rows: number,
): Promise<number[]> {
  const bins = Math.max(2, Math.min(MOST_BINS, Math.floor(rows / ROWS_PER_BIN)));
  // Ranks between 0 and 1, those of equal labels their middle: an outlier weighs no more than another row.
  if (by === 'rankCorrelation')
    await connection.run(
      `create or replace temp table leak_rows as select * replace (
         (rank() over (order by y) + (count(*) over (partition by y) - 1) / 2) / ${rows}::double as y) from leak_rows`,
    );
  const { mean, variance } = await rowOf<{ mean: number; variance: number }>(
    connection,
    'select avg(y) as mean, var_pop(y) as variance from leak_rows',
  );
  const found: number[] = [];
  for (let first = 0; first < columns.length; first += TOGETHER) {
    const some = columns.slice(first, first + TOGETHER);
    const levelOf = ({ name, value }: Searched): string =>
      value === 'number'
        ? `case when ${name} is not null then ((rank() over (order by ${name}) - 1) * ${bins} // ${rows})::ubigint end`
        : `case when ${name} is not null then hash(${name}) end`;
    const cells = some.map((each, i) => `select ${i} as place, half, y, ${levelOf(each)} as level from leak_rows`);
    const values = await rowsOf<{ place: number; strength: number | null }>(
      connection,
      `with counts as (
         select place, half, level, count(*) as n, sum(y) as s from (${cells.join(' union all ')}) group by all
       ), scored as (
         select a.place, a.n, a.s, (coalesce(b.s, 0) + ${mean}) / (coalesce(b.n, 0) + 1) as score
         from counts a left join counts b on b.place = a.place and b.half = 1 - a.half and b.level is not distinct from a.level
       ) ${by === 'rocAuc' ? areas : correlations(mean, variance)}`,
    );
    for (let i = 0; i < some.length; i++) found.push(values.find(({ place }) => place === i)?.strength ?? 0);
  }
  return found;
}

/** The share of pairs in which the positive row has the larger score; a tie counts half. */
const areas = `, steps as (
    select place, score, sum(s) as p, sum(n - s) as q from scored group by place, score
  ), below as (
    select place, p, q, sum(q) over (partition by place order by score) - q / 2 as under from steps
  ) select place, sum(p * under) / nullif(sum(p) * sum(q), 0) as strength from below group by place`;

/** Of a row's rank by label with its score. */
const correlations = (mean: number, variance: number): string => `
  select place, (sum(score * s) / sum(n) - ${mean} * sum(n * score) / sum(n))
    / nullif(sqrt(${variance} * (sum(n * score * score) / sum(n) - pow(sum(n * score) / sum(n), 2))), 0) as strength
  from scored group by place`;
