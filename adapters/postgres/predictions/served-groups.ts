import type { Partition } from '../../../core/data/data.ts';
import type { Profile } from '../../../core/data/profiles/profile.ts';
import type { Grouping, Groups } from '../../../core/drift/explaining/hourly.ts';
import { HOUR, instant, type Instant } from '../../../core/time/time.ts';
import type { Database } from '../database.ts';
import { KEPT, ROWS } from './served-sums.ts';
import type { PoolClient } from 'pg';

interface HourOfGroups {
  hour: Instant;
  groups: Groups;
}
export type KeptGroups = HourOfGroups & { rows: number };

/** The totals of a window's hours by group of bins, and those that are worth keeping. */
export async function groupTotals(
  client: PoolClient,
  pipeline: string,
  binning: string,
  { from, to }: Partition,
  grouping: Grouping,
): Promise<{ kept: HourOfGroups[]; found: KeptGroups[] }> {
  const { rows: hours } = await client.query<{ hour: Instant; rows: number; groups: Groups | null }>(
    `select hour, rows, groups from (
       select hour, sum(${ROWS})::int as rows from served_counts
       where pipeline = $1 and binning = $2 and hour >= $3 and hour < $4 group by hour
     ) counted left join (
       select hour, rows, groups from served_groups
       where pipeline = $1 and grouping = $5 and hour >= $3 and hour < $4
     ) kept using (hour, rows) order by hour`,
    [pipeline, binning, from, to, grouping.id],
  );
  const kept: HourOfGroups[] = [];
  const found: KeptGroups[] = [];
  for (const { hour, rows, groups } of hours) {
    const its = groups ?? (await groupHour(client, pipeline, binning, hour, grouping));
    kept.push({ hour, groups: its });
    const [start, end] = [Date.parse(hour), Date.parse(to)];
    if (groups === null && start + HOUR <= end && start >= end - KEPT) found.push({ hour, rows, groups: its });
  }
  return { kept, found };
}

async function groupHour(
  client: PoolClient,
  pipeline: string,
  binning: string,
  hour: Instant,
  grouping: Grouping,
): Promise<Groups> {
  const { rows } = await client.query<{ profile: Profile }>(
    'select profile from served_counts where pipeline = $1 and binning = $2 and hour = $3',
    [pipeline, binning, hour],
  );
  const sums = new Map<string, number[]>();
  for (const { profile } of rows)
    for (const [column, groups] of Object.entries(grouping.of(profile)))
      sums.set(
        column,
        groups.map((count, group) => count + (sums.get(column)?.[group] ?? 0)),
      );
  return Object.fromEntries(sums);
}

/** Keeps the groups of hours for later checks, and drops those that are weeks older than this window. */
export async function keepGroups(
  database: Database,
  pipeline: string,
  grouping: string,
  { to }: Partition,
  found: readonly KeptGroups[],
): Promise<void> {
  if (found.length === 0) return;
  await database.query(
    `insert into served_groups (pipeline, grouping, hour, rows, groups)
     select $1, $2, hour, rows, groups from json_to_recordset($3::json) as g (hour timestamptz, rows int, groups jsonb)
     on conflict (pipeline, hour, grouping) do update set rows = excluded.rows, groups = excluded.groups`,
    [pipeline, grouping, JSON.stringify(found)],
  );
  await database.query('delete from served_groups where pipeline = $1 and hour < $2', [
    pipeline,
    instant(Date.parse(to) - KEPT),
  ]);
}
