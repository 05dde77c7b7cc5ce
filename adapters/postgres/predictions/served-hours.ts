import type { Partition } from '../../../core/data/data.ts';
import type { PredictionLog } from '../../../core/data/predictions/prediction-log.ts';
import { DAY, HOUR, instant, type Instant, SECOND } from '../../../core/time/time.ts';
import type { Database } from '../database.ts';
import { ROWS } from './served-sums.ts';

/** What is older is counted for good, so its counts, each of many kilobytes, are read once. */
const SETTLED = 2 * DAY;
const KEPT = 100 * DAY;
/** Of so many predictions, how late they came. */
const SAMPLE = 1_000;

export const createServedHours = (database: Database): Pick<PredictionLog, 'rowsByHour' | 'lateness'> => ({
  async rowsByHour(pipeline, { from, to }) {
    // As one text: a thousand times would take longer to read than all the rest.
    const { rows: known } = await database.query<{ hours: [seconds: number, rows: number][] | null }>(
      `select json_agg(json_build_array(extract(epoch from hour)::bigint, rows)) as hours from served_hours
       where pipeline = $1 and hour >= $2 and hour < $3`,
      [pipeline, from, to],
    );
    const rowsOf = new Map(known[0]!.hours?.map(([seconds, rows]) => [seconds * SECOND, rows]));
    const hours = Array.from(
      { length: (Date.parse(to) - Date.parse(from)) / HOUR },
      (_, i) => Date.parse(from) + i * HOUR,
    );
    const first = hours.find((hour) => !rowsOf.has(hour));
    if (first === undefined) return hours.map((hour) => rowsOf.get(hour)!);
    const counted = await count(database, pipeline, { from: instant(first), to });
    for (const hour of hours) if (!rowsOf.has(hour)) rowsOf.set(hour, counted.get(hour) ?? 0);
    const settled = hours.filter((hour) => hour >= first && hour < Date.parse(to) - SETTLED);
    await database.query(
      `insert into served_hours (pipeline, hour, rows)
       select $1, hour, rows from unnest($2::timestamptz[], $3::int[]) as settled (hour, rows) on conflict do nothing`,
      [pipeline, settled.map((hour) => instant(hour)), settled.map((hour) => rowsOf.get(hour))],
    );
    await database.query('delete from served_hours where pipeline = $1 and hour < $2', [
      pipeline,
      instant(Date.parse(to) - KEPT),
    ]);
    return hours.map((hour) => rowsOf.get(hour)!);
  },

  async lateness(pipeline, { from, to }) {
    const { rows } = await database.query<{ ms: number | null }>(
      `select 1000 * percentile_disc(0.95) within group (order by extract(epoch from served_at - time))::float8 as ms
       from (select served_at, time from predictions where pipeline = $1 and time >= $2 and time < $3
             order by time desc limit ${SAMPLE}) newest`,
      [pipeline, from, to],
    );
    return rows[0]?.ms ?? null;
  },
});

/** Predictions that a total, a shipment or nobody has counted. */
async function count(database: Database, pipeline: string, { from, to }: Partition): Promise<Map<number, number>> {
  const { rows } = await database.query<{ hour: Instant; rows: number }>(
    `select hour, sum(rows)::int as rows from (
       select hour, ${ROWS} as rows from served_counts
       where pipeline = $1 and hour >= $2 and hour < $3
       union all
       select hour, (profile ->> 'rows')::int from shipped_counts where pipeline = $1 and hour >= $2 and hour < $3
       union all
       select date_trunc('hour', k.time, 'UTC'), 1 from uncounted u cross join lateral unnest(u.times) as k (time)
       where u.pipeline = $1 and k.time >= $2 and k.time < $3
     ) counted group by hour`,
    [pipeline, from, to],
  );
  return new Map(rows.map(({ hour, rows: its }) => [Date.parse(hour), its]));
}
