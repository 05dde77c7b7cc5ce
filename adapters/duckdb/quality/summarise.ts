import { KEY, TIME, type ColumnSummary, type SnapshotSummary } from '../../../core/data/data.ts';
import type { ValueFault } from '../../../core/expectations/index.ts';
import { valueTypeOf, type Columns } from '../../../core/columns/index.ts';
import { instant } from '../../../core/time/time.ts';
import { rowOf, rowsOf } from '../ask.ts';
import { faultSql } from './faults.ts';
import { column as named, partRows } from '../rows.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

const MOST_LEVELS = 1_000;

/** The counter of each fault, except nulls: count() skips those for free. */
type CountedFault = Exclude<ValueFault, 'nulls'>;
const counts = {
  'values below the minimum': 'below',
  'values above the maximum': 'above',
  'undeclared levels': 'undeclared',
} as const satisfies Record<CountedFault, keyof ColumnSummary>;
const counted = Object.entries(counts) as [CountedFault, (typeof counts)[CountedFault]][];

type Numbers = Record<string, number | null>;

export async function summarise(
  connection: DuckDBConnection,
  files: string[],
  columns: Columns,
): Promise<SnapshotSummary> {
  if (files.length === 0) return emptySummary(columns);
  const names = Object.keys(columns);
  const { from } = await partRows(connection, files, names);
  const isNumber = (column: string): boolean => valueTypeOf(columns[column]!) === 'number';
  // Positions name the results, since they are shorter.
  const perColumn = names.flatMap((column, i) => [
    `count(${named(column)})::double as values${i}`,
    ...(isNumber(column)
      ? (['min', 'max', 'avg'] as const).map((statistic) => `${statistic}(${named(column)}) as ${statistic}${i}`)
      : []),
    ...counted.flatMap(([fault, statistic]) => {
      const where = faultSql(fault, column, columns[column], from);
      return where === null ? [] : [`(count(*) filter (${where}))::double as ${statistic}${i}`];
    }),
  ]);
  const all = await rowOf<Numbers>(
    connection,
    `select count(*)::double as rows, (count(${KEY}) - count(distinct ${KEY}))::double as duplicate_keys,
       epoch_ms(min(${TIME}))::double as oldest, epoch_ms(max(${TIME}))::double as newest,
       ${perColumn.join(', ')}
     from ${from}`,
  );

  const summaries: ColumnSummary[] = [];
  for (const [i, column] of names.entries()) {
    const count = (of: (typeof counts)[CountedFault]): number => all[`${of}${i}`] ?? 0;
    summaries.push({
      column,
      rows: all['rows']!,
      nulls: all['rows']! - all[`values${i}`]!,
      min: all[`min${i}`] ?? null,
      max: all[`max${i}`] ?? null,
      mean: all[`avg${i}`] ?? null,
      below: count('below'),
      above: count('above'),
      undeclared: count('undeclared'),
      levels: isNumber(column) ? [] : await levelsOf(connection, from, column),
    });
  }
  return {
    rows: all['rows']!,
    duplicateKeys: all['duplicate_keys']!,
    oldest: all['oldest'] == null ? null : instant(all['oldest']),
    newest: all['newest'] == null ? null : instant(all['newest']),
    columns: summaries,
  };
}

/** Bins need no more of a snapshot than this and a sample: its keys alone take longer to count. */
export async function levels(
  connection: DuckDBConnection,
  files: string[],
  columns: Columns,
): Promise<Record<string, ColumnSummary['levels']>> {
  if (files.length === 0) return {};
  const names = Object.keys(columns);
  const { from } = await partRows(connection, files, names);
  const found: [string, ColumnSummary['levels']][] = [];
  for (const column of names)
    if (valueTypeOf(columns[column]!) !== 'number') found.push([column, await levelsOf(connection, from, column)]);
  return Object.fromEntries(found);
}

const levelsOf = (connection: DuckDBConnection, from: string, column: string): Promise<ColumnSummary['levels']> =>
  rowsOf(
    connection,
    `select ${named(column)}::varchar as level, count(*)::double as rows from ${from}
     where ${named(column)} is not null group by 1 order by rows desc, level limit ${MOST_LEVELS}`,
  );

const emptySummary = (columns: Columns): SnapshotSummary => ({
  rows: 0,
  duplicateKeys: 0,
  oldest: null,
  newest: null,
  columns: Object.keys(columns).map((column) => ({
    column,
    rows: 0,
    nulls: 0,
    min: null,
    max: null,
    mean: null,
    below: 0,
    above: 0,
    undeclared: 0,
    levels: [],
  })),
});
