import { text } from '../../adapters/duckdb/sql.ts';
import { type Columns } from '../../core/columns/index.ts';
import { type Row } from '../../core/data/data.ts';
import { DAY, type Instant } from '../../core/time/time.ts';
import { type DuckDBConnection } from '@duckdb/node-api';
import { join } from 'node:path';

export type Order = 'in time order' | 'shuffled';

export const AS_OF: Instant = '2026-03-01T00:00:00.000Z';
/** The rows to learn from lie evenly in so many days. */
export const DAYS = 60;
const LEARNT = 0.8;

/** A file of rows to learn from, and one of later rows, which none of the models has seen. */
export interface Halves {
  train: string;
  test: string;
  /** The rows of the test as an application sends them. */
  rows: Row[];
}

/** Cuts the table `whole` in two. */
export async function writeHalves(
  connection: DuckDBConnection,
  folder: string,
  columns: Columns,
  order: Order,
  seed: number,
): Promise<Halves> {
  const by = order === 'shuffled' ? `hash(i, ${seed}), i` : 'i';
  const [train, test] = [join(folder, 'train.csv'), join(folder, 'test.csv')];
  await connection.run(
    `create or replace table ordered as select *, row_number() over (order by ${by}) - 1 as place,
       (select count(*) from whole) as total from whole`,
  );
  const began = Date.parse(AS_OF) - DAYS * DAY;
  const features = Object.entries(columns)
    .map(([name, { kind }]) => `"${name}"::${kind === 'number' ? 'double' : 'varchar'} as "${name}"`)
    .join(', ');
  await connection.run(
    `copy (select 'row-' || place as id,
       strftime(make_timestamp_ms((${began} + floor(place / (${LEARNT} * total) * ${DAYS * DAY - 1}))::bigint), '%Y-%m-%dT%H:%M:%S.%gZ') as at,
       ${features}, label from ordered where place < floor(${LEARNT} * total) order by place) to ${text(train)} (format csv, header)`,
  );
  await connection.run(
    `copy (select ${features}, label from ordered where place >= floor(${LEARNT} * total) order by place) to ${text(test)} (format csv, header)`,
  );
  const reader = await connection.runAndReadAll(
    `select ${features} from ordered where place >= floor(${LEARNT} * total) order by place`,
  );
  const rows = reader.getRowObjectsJson() as Row[];
  return { train, test, rows: rows.map((row, at) => ({ id: `test-${at}`, at: AS_OF, ...row })) };
}
