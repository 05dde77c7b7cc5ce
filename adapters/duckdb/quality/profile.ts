import { SCORE, type Binning, type ColumnBins } from '../../../core/data/profiles/binning.ts';
import { TIME, type Partition } from '../../../core/data/data.ts';
import { emptyProfile, total, type ColumnProfile, type Profile } from '../../../core/data/profiles/profile.ts';
import { storedName } from '../../../core/data/stored-names.ts';
import { rowOf, rowsOf } from '../ask.ts';
import { column as named, partRows } from '../rows.ts';
import { double, moment, text } from '../sql.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

interface Bin {
  bin: number;
  rows: number;
  sum: number;
  squares: number;
}

/** Counts as core's `countRow` does, a scan of one column at a time. */
export async function profile(
  connection: DuckDBConnection,
  files: string[],
  binning: Binning,
  within: Partition,
): Promise<Profile> {
  const counted = emptyProfile(binning);
  if (files.length === 0) return counted;
  const { from, types } = await partRows(connection, files);
  const source = `${from} where ${TIME} >= ${moment(within.from)} and ${TIME} < ${moment(within.to)}`;
  counted.rows = (await rowOf<{ rows: number }>(connection, `select count(*)::double as rows from ${source}`)).rows;

  for (const [column, bins] of Object.entries(binning.columns)) {
    const into = counted.columns[column]!;
    if (column === SCORE) continue; // unscored rows
    const type = types.get(storedName(column));
    // A column that an older file lacks, or that is not a number there, is null for `countRow` too.
    if (type !== undefined && (bins.kind === 'category' || type === 'DOUBLE'))
      for (const bin of await rowsOf<Bin>(connection, countSql(named(column), bins, source))) add(into, bin);
    into.nulls = counted.rows - total(into.counts);
  }
  return counted;
}

function add(into: ColumnProfile, { bin, rows, sum, squares }: Bin): void {
  into.counts[bin] = rows;
  if (into.sums.length === 0) return;
  into.sums[bin] = sum;
  into.squares[bin] = squares;
}

function countSql(column: string, bins: ColumnBins, source: string): string {
  if (bins.kind === 'number')
    return `select bin, count(*)::double as rows, sum(x) as sum, sum(x * x) as squares
      from (select x, ${binSql(bins.edges)} as bin from (select ${column} as x from ${source}) where isfinite(x))
      group by bin`;
  const { levels } = bins;
  // Grouping rows by level first looks up each level once, not once per row.
  return `select (coalesce(list_position([${levels.map(text).join(', ')}]::varchar[], level), ${levels.length + 1}) - 1)::double as bin,
      sum(rows)::double as rows, 0 as sum, 0 as squares
    from (select level, count(*) as rows from (select ${column}::varchar as level from ${source})
      where level is not null group by level)
    group by bin`;
}

/**
 * The number of edges not above x, found by halving: binSql([1, 2]) // => case when x < 2 then (case ... end) else 2
 * end
 */
function binSql(edges: readonly number[], from = 0, to = edges.length): string {
  if (from === to) return String(from);
  const middle = (from + to) >>> 1;
  return `case when x < ${double(edges[middle]!)} then ${binSql(edges, from, middle)} else ${binSql(edges, middle + 1, to)} end`;
}
