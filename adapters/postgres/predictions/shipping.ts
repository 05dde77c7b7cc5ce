import { lineColumns } from '../../../core/data/predictions/prediction-lines.ts';
import type { PredictionLog, Shipment } from '../../../core/data/predictions/prediction-log.ts';
import type { Instant } from '../../../core/time/time.ts';
import { transaction, type Database } from '../database.ts';
import { countsByMonth, createPartitionMaker, predictionsByDay } from './partitions.ts';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { Readable } from 'node:stream';
import { pipeline as pipe } from 'node:stream/promises';

/** Times further from the answer get no partition: anybody may send any time. */
const NEAR = '31 days';
const CHECK_VIOLATION = '23514';
const MOST_ATTEMPTS = 4;

export function createShipping(database: Database): PredictionLog['append'] {
  const days = createPartitionMaker(database, predictionsByDay);
  const months = createPartitionMaker(database, countsByMonth);

  return async (shipment) => {
    for (let attempt = 1; ; attempt++) {
      const result = await transaction(database, async (client) => {
        const staged = await stage(client, shipment);
        const times = await timesOfPartitions(client);
        if (attempt === 1 && (days.lacks(times) || months.lacks(times))) return { times };
        return { fresh: await insertStaged(client, staged, await inNewestBinnings(client, shipment.counts)) };
      }).catch((error: { code?: string }) => {
        // A partition that was made meanwhile turns rows away that were on their way into TABLE_other: they have a
        // place now.
        if (error.code !== CHECK_VIOLATION || attempt === MOST_ATTEMPTS) throw error;
        return { times: [] };
      });
      if ('fresh' in result) return result.fresh;
      await days.make(result.times);
      await months.make(result.times);
    }
  };
}

/**
 * Copies a shipment into a table of this connection, which is empty again at the transaction's end. Returns how many
 * predictions it has.
 */
async function stage(client: PoolClient, { lines }: Shipment): Promise<number> {
  await client.query(
    `create temporary table if not exists staged (id uuid, pipeline text, version int, key text, entity text,
       time timestamptz, row jsonb, score float8, decision boolean, served_at timestamptz) on commit delete rows`,
  );
  const copy = client.query(copyFrom(`copy staged (${lineColumns}) from stdin`));
  await pipe(Readable.from(lines(), { objectMode: false }), copy);
  return copy.rowCount;
}

/** A time of each day that needs a partition, tomorrow included: made ahead, it keeps nobody waiting at midnight. */
async function timesOfPartitions(client: PoolClient): Promise<Instant[]> {
  const { rows } = await client.query<{ day: Instant }>(
    `select distinct date_trunc('day', time, 'UTC') as day from staged
     where time between served_at - $1::interval and served_at + $1::interval
     union select date_trunc('day', max(served_at), 'UTC') + interval '1 day' from staged having count(*) > 0`,
    [NEAR],
  );
  return rows.map(({ day }) => day);
}

/** The counts that are still in the newest bins of their pipelines. */
async function inNewestBinnings(client: PoolClient, counts: Shipment['counts']): Promise<Shipment['counts']> {
  if (counts.size === 0) return counts;
  const { rows } = await client.query<{ pipeline: string; id: string }>(
    `select distinct on (pipeline) pipeline, id from binnings where pipeline = any($1)
     order by pipeline, created_at desc`,
    [[...counts.keys()]],
  );
  const newest = new Map(rows.map(({ pipeline, id }) => [pipeline, id]));
  return new Map(
    [...counts].filter(([name, hours]) => hours.every(({ profile }) => profile.binning === newest.get(name))),
  );
}

/** Returns how many were new. */
async function insertStaged(client: PoolClient, staged: number, counts: Shipment['counts']): Promise<number> {
  if (counts.size > 0 && (await insertCounted(client, staged, counts))) return staged;
  const { rows } = await client.query<{ fresh: number }>(
    `with fresh as (${insert} returning pipeline, id, time), noted as (${noteUncounted('fresh')})
     select count(*) as fresh from fresh`,
    [[]],
  );
  return rows[0]!.fresh;
}

const insert = `
  insert into predictions (${lineColumns}) select ${lineColumns} from staged on conflict do nothing`;

/** Notes the predictions of a table as uncounted, besides those of some pipelines. */
const noteUncounted = (table: 'fresh' | 'staged'): string =>
  `insert into uncounted (pipeline, ids, times)
   select pipeline, array_agg(id), array_agg(time) from ${table} where pipeline <> all($1::text[]) group by pipeline`;

/** Writes a shipment with its counts; false, and nothing is written, if some of it is in the log already. */
async function insertCounted(client: PoolClient, staged: number, counts: Shipment['counts']): Promise<boolean> {
  await client.query('savepoint counted');
  const { rowCount } = await client.query(insert);
  if (rowCount !== staged) {
    await client.query('rollback to savepoint counted');
    return false;
  }
  await client.query(noteUncounted('staged'), [[...counts.keys()]]);
  await client.query(
    `insert into shipped_counts (pipeline, version, binning, hour, profile)
     select pipeline, version, profile ->> 'binning', hour, profile
     from json_to_recordset($1::json) as h (pipeline text, version int, hour timestamptz, profile jsonb)`,
    [JSON.stringify([...counts.values()].flat())],
  );
  return true;
}
