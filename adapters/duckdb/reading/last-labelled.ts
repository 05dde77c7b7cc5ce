import { TIME, type Partition } from '../../../core/data/data.ts';
import type { Labelling } from '../../../core/data/labels/labels.ts';
import { instant, type Instant } from '../../../core/time/time.ts';
import { rowOf } from '../ask.ts';
import { partRows } from '../rows.ts';
import { moment } from '../sql.ts';
import { loadFacts, matureRows } from '../training-sets/labelled.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

export async function lastLabelled(
  connection: DuckDBConnection,
  files: { rows: string[]; labels: string[] },
  label: Labelling,
  { before, most }: { before: Instant; most: number },
): Promise<Partition | null> {
  if (files.rows.length === 0) return null;
  await loadFacts(connection, files.labels, label);
  const { from } = matureRows(await partRows(connection, files.rows), label);
  const found = await rowOf<{ first: number | null; last: number | null }>(
    connection,
    `select epoch_ms(min(time))::double as first, epoch_ms(max(time))::double as last from (
       select r.${TIME} as time from ${from} where r.${TIME} < ${moment(before)} order by 1 desc limit ${Math.trunc(most)})`,
  );
  return found.first === null || found.last === null
    ? null
    : { from: instant(found.first), to: instant(Math.floor(found.last) + 1) };
}
