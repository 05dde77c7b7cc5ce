import { KEY, TIME, type Example } from '../../../core/data/data.ts';
import type { ExampleOrder } from '../../../core/expectations/expectation.ts';
import { exampleOrder, type RowFault } from '../../../core/expectations/index.ts';
import { own } from '../../../core/base/own.ts';
import type { Columns } from '../../../core/columns/index.ts';
import { instant } from '../../../core/time/time.ts';
import { rowsOf } from '../ask.ts';
import { faultSql } from './faults.ts';
import { column as named, partRows } from '../rows.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

/** A source's level can have any length. */
const MOST_LETTERS = 200;

type Found = Pick<Example, 'value' | 'rows' | 'key'> & { time: number };

/** Some values of each fault, the furthest outside the limits or the most frequent first. */
export async function examples(
  connection: DuckDBConnection,
  files: string[],
  columns: Columns,
  faults: readonly { column: string | null; name: RowFault }[],
  most: number,
): Promise<Example[]> {
  if (files.length === 0) return [];
  const { from } = await partRows(connection, files);
  const all: Example[] = [];
  for (const { column, name } of faults) {
    const where = faultSql(name, column ?? '', own(columns, column ?? ''), from);
    if (where === null) continue;
    const found = await rowsOf<Found>(connection, examplesSql(name, column, `${from} where ${where}`, most));
    all.push(...found.map(({ time, ...example }) => ({ column, name, ...example, time: instant(time) })));
  }
  return all;
}

function examplesSql(fault: RowFault, column: string | null, source: string, most: number): string {
  const subject = column === null ? KEY : named(column);
  // Grouped by position: "group by value" would mean a declared column of that name.
  const each = (value: string, order: string): string =>
    `select ${value} as value, count(*)::double as rows, min({'time': ${TIME}, 'key': ${KEY}})['key'] as key,
       epoch_ms(min(${TIME}))::double as time
     from ${source} group by 1 order by ${order} limit ${most}`;
  const inOrder: Record<ExampleOrder, string> = {
    lowest: each(subject, 'value'),
    highest: each(subject, 'value desc'),
    'most frequent': each(`left(${subject}, ${MOST_LETTERS})`, 'rows desc, value'),
    earliest: `select null as value, 1::double as rows, ${KEY} as key, epoch_ms(${TIME})::double as time from ${source}
      order by time, key limit ${most}`,
  };
  return inOrder[exampleOrder(fault)];
}
