import { KEY } from '../../../core/data/data.ts';
import { column as named, partRows } from '../rows.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

/** The values of the rows whose keys hash lowest: the same ones each time, wherever a row is in the files. */
export async function sample(
  connection: DuckDBConnection,
  files: string[],
  column: string,
  rows: number,
): Promise<Float64Array> {
  if (files.length === 0) return new Float64Array();
  const { from } = await partRows(connection, files, [column]);
  const result = await connection.runAndReadAll(
    `select x from (select ${named(column)}::double as x, hash(${KEY}) as place from ${from})
     where isfinite(x) order by place, x limit ${Math.trunc(rows)}`,
  );
  return Float64Array.from(result.getColumnsJS()[0] as number[]);
}
