import { TIME } from '../../../core/data/data.ts';
import type { Splits } from '../../../core/training/training.ts';
import { rowOf } from '../ask.ts';
import { double, moment } from '../sql.ts';
import { unitOf } from './hashed-splits.ts';
import type { PartRows } from '../rows.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

/** In SQL over rows `r`: those that the holdout takes if they have a label. */
export const isHeld = ({ by, holdout, to }: Splits): string =>
  [
    `r.${TIME} >= ${moment(holdout)} and r.${TIME} < ${moment(to)}`,
    ...(by ? [`${unitOf(by).unit} >= ${double(by.holdoutFrom)}`] : []),
  ].join(' and ');

export const countHeld = async (connection: DuckDBConnection, { from }: PartRows, splits: Splits): Promise<number> =>
  (await rowOf<{ rows: number }>(connection, `select count(*)::double as rows from ${from} r where ${isHeld(splits)}`))
    .rows;
