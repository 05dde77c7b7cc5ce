import type { Partition } from '../../../core/data/data.ts';
import { addProfiles, type Profile } from '../../../core/data/profiles/profile.ts';
import { DAY, HOUR, instant, type Instant } from '../../../core/time/time.ts';
import type { Database } from '../database.ts';
import type { PoolClient } from 'pg';

/** A window is put together from sums of such stretches, the longest first: it reads as much whether it has a day or a month. */
const HOURS = [24, 6, 1] as const;
/** How long parts of a day are kept. Days are as long as their counts, for windows of months: a fraction of these. */
export const KEPT = 40 * DAY;
const WHOLE = HOURS[0];

/** How many rows totals of an hour count: those of an earlier release do not say so. */
export const ROWS = "coalesce(rows, (profile ->> 'rows')::int)";

interface Stretch {
  start: number;
  hours: number;
}

/** A stretch's totals of one version. */
interface Counted {
  rows: number;
  totals: number;
}

export interface KeptSum {
  start: Instant;
  hours: number;
  version: number;
  rows: number;
  profile: Profile;
}

/** What totals of a window add up to, by version, and the sums that are worth keeping. */
export async function sumTotals(
  client: PoolClient,
  pipeline: string,
  binning: string,
  window: Partition,
): Promise<{ byVersion: Map<number, Profile>; found: KeptSum[] }> {
  const stretches = await countTotals(client, pipeline, binning, window);
  const kept = await readKept(client, pipeline, binning, stretches);
  const byVersion = new Map<number, Profile>();
  const found: KeptSum[] = [];
  for (const [stretch, counted] of stretches) {
    const sums = kept.get(keyOf(stretch)) ?? new Map<number, Profile>();
    if (sums.size < counted.size) {
      for (const { version, profile } of await readTotals(client, pipeline, binning, stretch))
        add(sums, version, profile);
      const [totals, to] = [sumOf(counted, 'totals'), Date.parse(window.to)];
      const lasts = endOf(stretch) <= to && (stretch.hours === WHOLE || stretch.start >= to - KEPT);
      if (lasts && totals > counted.size)
        for (const [version, { rows }] of counted)
          found.push({
            start: instant(stretch.start),
            hours: stretch.hours,
            version,
            rows,
            profile: sums.get(version)!,
          });
    }
    for (const [version, profile] of sums) add(byVersion, version, profile);
  }
  return { byVersion, found };
}

/** The whole stretches that a window has rows in. */
async function countTotals(
  client: PoolClient,
  pipeline: string,
  binning: string,
  window: Partition,
): Promise<Map<Stretch, Map<number, Counted>>> {
  const { rows } = await client.query<Counted & { hour: Instant; version: number }>(
    `select hour, version, sum(${ROWS})::int as rows, count(*)::int as totals from served_counts
     where pipeline = $1 and binning = $2 and hour >= $3 and hour < $4 group by hour, version`,
    [pipeline, binning, window.from, window.to],
  );
  const stretchAt = new Map<number, Stretch>();
  for (const stretch of stretchesOf(window))
    for (let time = stretch.start; time < endOf(stretch); time += HOUR) stretchAt.set(time, stretch);
  const found = new Map<Stretch, Map<number, Counted>>();
  for (const { hour, version, ...its } of rows) {
    const stretch = stretchAt.get(Date.parse(hour))!;
    const counted = found.get(stretch) ?? new Map<number, Counted>();
    const before = counted.get(version) ?? { rows: 0, totals: 0 };
    found.set(stretch, counted.set(version, { rows: before.rows + its.rows, totals: before.totals + its.totals }));
  }
  return found;
}

/** stretchesOf({ from: '2026-03-01T21:00Z', to: '2026-03-03T01:30Z' }) // => hours 21, 22 and 23, a day, hours 0 and 1 */
export function stretchesOf({ from, to }: Partition): Stretch[] {
  const end = Math.ceil(Date.parse(to) / HOUR) * HOUR;
  const stretches: Stretch[] = [];
  for (let start = Math.ceil(Date.parse(from) / HOUR) * HOUR; start < end;) {
    const hours = HOURS.find((length) => start % (length * HOUR) === 0 && start + length * HOUR <= end) ?? 1;
    stretches.push({ start, hours });
    start += hours * HOUR;
  }
  return stretches;
}

/** The sums that are kept and still right, by stretch and version. */
async function readKept(
  client: PoolClient,
  pipeline: string,
  binning: string,
  stretches: Map<Stretch, Map<number, Counted>>,
): Promise<Map<string, Map<number, Profile>>> {
  const wanted = [...stretches].flatMap(([{ start, hours }, counted]) =>
    [...counted].map(([version, { rows }]) => ({ start: instant(start), hours, version, rows })),
  );
  const { rows } = await client.query<KeptSum>(
    `select start, hours, version, profile
     from served_sums join json_to_recordset($3::json) as w (start timestamptz, hours int, version int, rows int)
       using (start, hours, version, rows)
     where pipeline = $1 and binning = $2`,
    [pipeline, binning, JSON.stringify(wanted)],
  );
  const kept = new Map<string, Map<number, Profile>>();
  for (const { start, hours, version, profile } of rows) {
    const key = keyOf({ start: Date.parse(start), hours });
    kept.set(key, (kept.get(key) ?? new Map<number, Profile>()).set(version, profile));
  }
  // With one version missing all are summed anew.
  for (const [stretch, counted] of stretches)
    if ((kept.get(keyOf(stretch))?.size ?? 0) < counted.size) kept.delete(keyOf(stretch));
  return kept;
}

async function readTotals(client: PoolClient, pipeline: string, binning: string, stretch: Stretch) {
  const { rows } = await client.query<{ version: number; profile: Profile }>(
    `select version, profile from served_counts where pipeline = $1 and binning = $2 and hour >= $3 and hour < $4`,
    [pipeline, binning, instant(stretch.start), instant(endOf(stretch))],
  );
  return rows;
}

/** Keeps sums for later windows, and drops parts of days that are weeks older than this one, and days without counts. */
export async function keepSums(
  database: Database,
  pipeline: string,
  binning: string,
  { to }: Partition,
  found: readonly KeptSum[],
): Promise<void> {
  if (found.length === 0) return;
  await database.query(
    `insert into served_sums (pipeline, binning, start, hours, version, rows, profile)
     select $1, $2, start, hours, version, rows, profile from json_to_recordset($3::json)
       as s (start timestamptz, hours int, version int, rows int, profile jsonb)
     order by start, hours, version -- checks that keep the same sums at once would wait for each other
     on conflict (pipeline, start, binning, hours, version)
     do update set rows = excluded.rows, profile = excluded.profile`,
    [pipeline, binning, JSON.stringify(found)],
  );
  await database.query(
    `delete from served_sums where pipeline = $1 and start < $2
       and (hours < $3 or start + interval '24 hours' <= coalesce((select min(hour) from served_counts where pipeline = $1), 'infinity'))`,
    [pipeline, instant(Date.parse(to) - KEPT), WHOLE],
  );
}

const keyOf = ({ start, hours }: Stretch): string => `${start}/${hours}`;
const endOf = ({ start, hours }: Stretch): number => start + hours * HOUR;
const sumOf = (counted: Map<number, Counted>, what: keyof Counted): number =>
  [...counted.values()].reduce((sum, its) => sum + its[what], 0);

function add(to: Map<number, Profile>, version: number, more: Profile): void {
  const before = to.get(version);
  to.set(version, before ? addProfiles(before, more) : more);
}
