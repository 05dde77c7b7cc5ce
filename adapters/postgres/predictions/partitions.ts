import { type Instant, MINUTE } from '../../../core/time/time.ts';
import { transaction, type Database } from '../database.ts';
import { ROWS_AT_ONCE } from '../delete-in-pieces.ts';
import type { PoolClient } from 'pg';

/** A table partitioned by time. TABLE_other holds all times without their own partition. */
export interface Partitioned {
  table: 'predictions' | 'served_counts';
  /** The columns of its primary key after the pipeline; the first is the time. */
  key: readonly [time: string, ...rest: string[]];
  unit: 'day' | 'month';
}
export const predictionsByDay: Partitioned = { table: 'predictions', key: ['time', 'id'], unit: 'day' };
export const countsByMonth: Partitioned = {
  table: 'served_counts',
  key: ['hour', 'version', 'binning', 'replica', 'sequence'],
  unit: 'month',
};

/** One day or month of a table. */
export interface Piece {
  name: string;
  from: Instant;
  to: Instant;
}

/** pieceAt(predictionsByDay, '2026-01-19T02:00:00.000Z').name // => 'predictions_20260119' */
export function pieceAt({ table, unit }: Partitioned, time: Instant): Piece {
  const at = new Date(time);
  const [year, month, day] = [at.getUTCFullYear(), at.getUTCMonth(), unit === 'day' ? at.getUTCDate() : 1];
  const from = new Date(Date.UTC(year, month, day)).toISOString();
  const to = new Date(unit === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1)).toISOString();
  return { name: `${table}_${from.slice(0, unit === 'day' ? 10 : 7).replaceAll('-', '')}`, from, to };
}

/** Another holds a lock on the table, or a deadlock was broken. */
const IN_USE = ['55P03', '40P01'];
/** The same, or this user may not make tables. */
const KEEPS_US_OUT = [...IN_USE, '42501'];

/**
 * Creates a partition unless it exists, and moves its rows from TABLE_other into it. False when the table is in use, or
 * not ours to change: its rows then stay in TABLE_other, and nothing is lost.
 */
export async function makePartition(
  database: Database,
  { table, key: [time] }: Partitioned,
  { name, from, to }: Piece,
): Promise<boolean> {
  try {
    await transaction(database, async (client) => {
      // Waiting for a lock blocks everyone behind us: better no partition now than a stalled log.
      await client.query("set local lock_timeout = '1s'");
      await client.query(`select pg_advisory_xact_lock(hashtext($1))`, [`partitions of ${table}`]);
      if (await hasPlace(client, table, name)) return;
      await client.query(`lock table ${table}_other in access exclusive mode`);
      await client.query(`create table ${name} (like ${table} including defaults)`);
      await client.query(
        `with moved as (delete from ${table}_other where ${time} >= $1 and ${time} < $2 returning *)
         insert into ${name} select * from moved`,
        [from, to],
      );
      await client.query(`alter table ${table} attach partition ${name} for values from ('${from}') to ('${to}')`);
    });
    return true;
  } catch (error) {
    if (KEEPS_US_OUT.includes((error as { code?: string }).code ?? '')) return false;
    throw error;
  }
}

/**
 * Whether a piece has a partition, or lies within the one that an upgrade made of the table before: that one has no
 * beginning, and the name of its last piece.
 */
async function hasPlace(client: PoolClient, table: Partitioned['table'], name: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from pg_inherits join pg_class c on c.oid = inhrelid
     where inhparent = $1::regclass and relname ~ '_\\d+$' and relname >= $2
       and (relname = $2 or pg_get_expr(relpartbound, c.oid) like 'FOR VALUES FROM (MINVALUE)%')`,
    [table, name],
  );
  return rowCount !== 0;
}

const RETRY_MS = MINUTE;

/** Creates partitions as needed, each only once. */
export function createPartitionMaker(database: Database, partitioned: Partitioned) {
  /** Names, and when to look at one again that could not be made: until then its rows go into TABLE_other. */
  const asked = new Map<string, number>();
  const isDue = ({ name }: Piece): boolean => (asked.get(name) ?? -Infinity) <= Date.now();
  const dueOf = (times: readonly Instant[]): Piece[] =>
    [...new Map(times.map((time) => pieceAt(partitioned, time)).map((piece) => [piece.name, piece])).values()].filter(
      isDue,
    );
  return {
    lacks: (times: readonly Instant[]): boolean => dueOf(times).length > 0,
    async make(times: readonly Instant[]): Promise<void> {
      for (const piece of dueOf(times))
        asked.set(piece.name, (await makePartition(database, partitioned, piece)) ? Infinity : Date.now() + RETRY_MS);
    },
  };
}

export interface DropOptions {
  before: Instant;
  dryRun: boolean;
  signal: AbortSignal;
}

/**
 * Drops the partitions that end before a time, and deletes rows of that age from TABLE_other. Returns the tables that
 * lost rows, or in a dry run would. Uncounted predictions stay, and so does a partition in use, until the next time.
 */
export async function dropPartitions(
  database: Database,
  partitioned: Partitioned,
  options: DropOptions,
): Promise<string[]> {
  const { table } = partitioned;
  const { rows } = await database.query<{ name: string }>(
    `select relname as name from pg_inherits join pg_class on oid = inhrelid
     where inhparent = $1::regclass and relname ~ '_\\d+$' and relname < $2 order by 1`,
    [table, pieceAt(partitioned, options.before).name],
  );
  const gone: string[] = [];
  for (const { name } of rows) {
    options.signal.throwIfAborted();
    if (await drop(database, table, name, options.dryRun)) gone.push(name);
  }
  if (await deleteOthers(database, partitioned, options)) gone.push(`${table}_other`);
  return gone;
}

/**
 * Deletes old rows from TABLE_other: of each pipeline along the primary key, so each row is looked at once. Returns
 * whether any went; in a dry run, whether any would.
 */
async function deleteOthers(
  database: Database,
  { table, key }: Partitioned,
  { before, dryRun, signal }: DropOptions,
): Promise<boolean> {
  const other = `${table}_other`;
  const after = key.map((_, i) => `$${i + 3}`).join(', ');
  /** Deletes from the rows behind the key `last`; returns how many, and the key of the last row that it looked at. */
  async function deleteSome(pipeline: string, last: string[]): Promise<{ doomed: number; last: string[] } | null> {
    const { rows } = await database.query<{ doomed: number; last: string[] }>(
      `with piece as (
         select ctid as place, pipeline, ${key.join(', ')} from ${other}
         where pipeline = $1 and ${key[0]} < $2 ${last.length > 0 ? `and (${key.join(', ')}) > (${after})` : ''}
         order by ${key.join(', ')} limit ${ROWS_AT_ONCE}
       ), doomed as (
         select place from piece
         ${table === 'predictions' ? `where (pipeline, id, time) not in (${UNCOUNTED})` : ''}
       )${dryRun ? '' : `, gone as (delete from ${other} where ctid = any(array(select place from doomed)))`}
       select (select count(*) from doomed) as doomed, array[${key.map((column) => `${column}::text`).join(', ')}] as last
       from piece order by ${key.map((column) => `${column} desc`).join(', ')} limit 1`,
      [pipeline, before, ...last],
    );
    return rows[0] ?? null;
  }

  let any = false;
  for (let pipeline = await nextPipeline(database, other, ''); pipeline !== null;) {
    for (let last: string[] | undefined = []; last;) {
      signal.throwIfAborted();
      const some = await deleteSome(pipeline, last);
      any ||= (some?.doomed ?? 0) > 0;
      if (dryRun && any) return true;
      last = some?.last;
    }
    pipeline = await nextPipeline(database, other, pipeline);
  }
  return any;
}

/** The next name of a pipeline in a table, by its index. */
async function nextPipeline(database: Database, table: string, after: string): Promise<string | null> {
  const sql = `select min(pipeline) as name from ${table} where pipeline > $1`;
  return (await database.query<{ name: string | null }>(sql, [after])).rows[0]!.name;
}

/** The keys of uncounted predictions; counts have none. */
const UNCOUNTED = `
  select u.pipeline, k.id, k.time from uncounted u cross join lateral unnest(u.ids, u.times) as k (id, time)`;

async function drop(database: Database, table: Partitioned['table'], name: string, dryRun: boolean): Promise<boolean> {
  try {
    return await transaction(database, async (client) => {
      await client.query("set local lock_timeout = '1s'");
      // Dropping takes this lock anyway: taken first, it keeps rows from being logged between the check and the drop.
      if (!dryRun) await client.query(`lock table only ${table} in access exclusive mode`);
      if (table === 'predictions' && (await holdsUncounted(client, name))) return false;
      if (!dryRun) await client.query(`drop table ${name}`);
      return true;
    });
  } catch (error) {
    if (IN_USE.includes((error as { code?: string }).code ?? '')) return false;
    throw error;
  }
}

/**
 * Looks each key up in the partition's index, which may hold years: as the writers wait meanwhile, no plan may scan it.
 */
async function holdsUncounted(client: PoolClient, partition: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select from (${UNCOUNTED}) u cross join lateral (
       select from ${partition} where pipeline = u.pipeline and time = u.time and id = u.id limit 1
     ) as held limit 1`,
  );
  return rowCount !== 0;
}
