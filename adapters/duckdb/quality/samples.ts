import { KEY } from '../../../core/data/data.ts';
import { chunksOf, rowOf } from '../ask.ts';
import { column as named, partRows } from '../rows.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

/** Columns that are read together: few enough that a wide table stays small in memory. */
const AT_ONCE = 32;
/** Rows are taken by the hash of their key, a whole number below this: some more than needed, since hashes are not quite even. */
const HASHES = 2n ** 64n;
const SPARE = 1.1;

/** For each column, the values of the rows whose keys hash lowest: the same ones each time, wherever a row is in the files. */
export async function samples(
  connection: DuckDBConnection,
  files: string[],
  columns: string[],
  rows: number,
): Promise<Record<string, Float64Array>> {
  const taken: [string, Float64Array][] = [];
  if (files.length === 0) return Object.fromEntries(columns.map((column) => [column, new Float64Array()]));
  const { from } = await partRows(connection, files, columns);
  const { all } = await rowOf<{ all: number }>(connection, `select count(*)::double as "all" from ${from}`);
  for (let start = 0; start < columns.length; start += AT_ONCE) {
    const group = columns.slice(start, start + AT_ONCE);
    const first = await lowest(connection, from, group, rows, (SPARE * rows) / all);
    for (const [i, column] of group.entries()) {
      // One that is often null has too few values among those rows.
      const whole = first[i]!.length === rows || SPARE * rows >= all;
      taken.push([column, whole ? first[i]! : (await lowest(connection, from, [column], rows, 1))[0]!]);
    }
  }
  return Object.fromEntries(taken);
}

/** Of the share of rows whose keys hash lowest, at most `most` values of each column. */
async function lowest(
  connection: DuckDBConnection,
  from: string,
  columns: string[],
  most: number,
  share: number,
): Promise<Float64Array[]> {
  const values = columns.map((column, i) => `coalesce(${named(column)}::double, 'nan'::double) as x${i}`);
  const below = share < 1 ? `where hash(${KEY}) < ${(BigInt(Math.round(share * 1e9)) * HASHES) / 1_000_000_000n}` : '';
  const names = columns.map((_, i) => `x${i}`).join(', ');
  const first =
    columns.length === 1
      ? `where isfinite(x0) order by place, x0 limit ${Math.trunc(most)}`
      : `order by place, ${names}`;
  const chunks = chunksOf(
    connection,
    `select ${names} from (select ${values.join(', ')}, hash(${KEY}) as place from ${from} ${below}) ${first}`,
  );
  const taken = columns.map(() => ({ values: new Float64Array(most), length: 0 }));
  for await (const chunk of chunks) {
    for (const [i, into] of taken.entries()) {
      const vector = chunk.getColumnVector(i);
      for (let row = 0; row < chunk.rowCount && into.length < most; row++) {
        const value = vector.getItem(row) as number;
        if (Number.isFinite(value)) into.values[into.length++] = value;
      }
    }
    if (taken.every(({ length }) => length === most)) break;
  }
  return taken.map(({ values: all, length }) => all.slice(0, length));
}
