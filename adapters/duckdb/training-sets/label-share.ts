import type { Labelling } from '../../../core/data/labels/labels.ts';
import { rowOf } from '../ask.ts';
import { loadFacts, matureRows } from './labelled.ts';
import { partRows } from '../rows.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

export async function labelShare(
  connection: DuckDBConnection,
  rowFiles: string[],
  labelFiles: string[],
  labelling: Labelling,
): Promise<{ rows: number; positives: number }> {
  if (rowFiles.length === 0) return { rows: 0, positives: 0 };
  await loadFacts(connection, labelFiles, labelling);
  const { from, label } = matureRows(await partRows(connection, rowFiles), labelling);
  return rowOf(
    connection,
    `select count(*)::double as rows, (count(*) filter (${label} = 1))::double as positives from ${from}`,
  );
}
