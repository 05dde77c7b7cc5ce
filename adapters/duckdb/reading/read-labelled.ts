import { TIME, type Partition } from '../../../core/data/data.ts';
import type { RowChunk } from '../../../core/data/chunks.ts';
import type { Labelling } from '../../../core/data/labels/labels.ts';
import { instant, type Instant } from '../../../core/time/time.ts';
import { rowOf } from '../ask.ts';
import { partRows } from '../rows.ts';
import { moment } from '../sql.ts';
import { loadFacts, matureRows } from '../training-sets/labelled.ts';
import { readSelected } from './read-chunks.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

export interface LabelledFiles {
  rows: string[];
  labels: string[];
}

export async function lastLabelled(
  connection: DuckDBConnection,
  files: LabelledFiles,
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

export async function* readLabelled(
  connection: DuckDBConnection,
  files: LabelledFiles,
  label: Labelling,
  { from, to }: Partition,
  columns: string[],
): AsyncGenerator<RowChunk> {
  if (files.rows.length === 0) return;
  await loadFacts(connection, files.labels, label);
  const rows = await partRows(connection, files.rows, columns);
  const mature = { ...rows, from: `(select r.* from ${matureRows(rows, label).from})` };
  const condition = `${TIME} >= ${moment(from)} and ${TIME} < ${moment(to)}`;
  yield* readSelected(connection, mature, condition, columns, [TIME]);
}
