import { type Instant } from '../../core/time.ts';
import { transaction, type Database } from './database.ts';

/** A table in partitions by time. TABLE_other holds all times that have no partition of their own. */
export interface Partitioned {
  table: 'predictions' | 'served_counts';
  column: string;
  unit: 'day' | 'month';
}
export const predictionsByDay: Partitioned = { table: 'predictions', column: 'time', unit: 'day' };
export const countsByMonth: Partitioned = { table: 'served_counts', column: 'hour', unit: 'month' };

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
 * Makes a partition unless it is there, and moves into it what TABLE_other holds of it. False when the table is in use, or
 * not ours to change: its rows then go on into TABLE_other, and nothing is lost.
 */
export async function makePartition(
  database: Database,
  { table, column }: Partitioned,
  piece: Piece,
): Promise<boolean> {
  const { name, from, to } = piece;
  try {
    await transaction(database, async (client) => {
      // Who waits for a lock holds up all who come after: better no partition now than a log that stands still.
      await client.query("set local lock_timeout = '1s'");
      await client.query(`select pg_advisory_xact_lock(hashtext($1))`, [`partitions of ${table}`]);
      const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [name]);
      if (rows[0]!.there) return;
      await client.query(`lock table ${table}_other in access exclusive mode`);
      await client.query(`create table ${name} (like ${table} including defaults)`);
      await client.query(
        `with moved as (delete from ${table}_other where ${column} >= $1 and ${column} < $2 returning *)
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

/** Makes partitions as they are needed; asks for none that is there again. */
export function createPartitionMaker(database: Database, partitioned: Partitioned) {
  const asked = new Set<string>();
  return async (times: Iterable<Instant>): Promise<void> => {
    const pieces = new Map([...times].map((time) => pieceAt(partitioned, time)).map((piece) => [piece.name, piece]));
    for (const piece of pieces.values()) {
      if (asked.has(piece.name)) continue;
      // One that is kept out tries again with the next rows; until then they go into TABLE_other.
      if (await makePartition(database, partitioned, piece)) asked.add(piece.name);
    }
  };
}

const ROWS_AT_ONCE = 10_000;

/**
 * Drops the partitions that end before a moment, and deletes rows as old from TABLE_other. Returns the tables that lost rows;
 * in a dry run, that would. What is not counted yet stays, and a partition that somebody reads right now, until the next time.
 */
export async function dropPartitions(
  database: Database,
  partitioned: Partitioned,
  before: Instant,
  dryRun: boolean,
): Promise<string[]> {
  const { table, column } = partitioned;
  const { rows } = await database.query<{ name: string }>(
    `select relname as name from pg_inherits join pg_class on oid = inhrelid
     where inhparent = $1::regclass and relname ~ '_\\d+$' and relname < $2 order by 1`,
    [table, pieceAt(partitioned, before).name],
  );
  const gone: string[] = [];
  for (const { name } of rows) if (await drop(database, table, name, dryRun)) gone.push(name);

  const old = `from ${table}_other p where ${column} < $1 and not ${isUncounted(table)}`;
  const found = await database.query(`select ${old} limit 1`, [before]);
  if (found.rowCount === 0) return gone;
  const some = `delete from ${table}_other where ctid = any(array(select ctid ${old} limit ${ROWS_AT_ONCE}))`;
  while (!dryRun && (await database.query(some, [before])).rowCount === ROWS_AT_ONCE);
  return [...gone, `${table}_other`];
}

/** Whether the prediction `p` waits to be counted; a count never does. */
const isUncounted = (table: Partitioned['table']): string =>
  table === 'predictions'
    ? `exists (select from uncounted u cross join lateral unnest(u.ids, u.times) as k (id, time)
         where u.pipeline = p.pipeline and k.id = p.id and k.time = p.time)`
    : 'false';

async function drop(database: Database, table: Partitioned['table'], name: string, dryRun: boolean): Promise<boolean> {
  try {
    return await transaction(database, async (client) => {
      await client.query("set local lock_timeout = '1s'");
      // Dropping takes this lock anyway: taken first, nothing is logged between the look and the drop.
      if (!dryRun) await client.query(`lock table only ${table} in access exclusive mode`);
      const kept = await client.query(`select from ${name} p where ${isUncounted(table)} limit 1`);
      if (kept.rowCount !== 0) return false;
      if (!dryRun) await client.query(`drop table ${name}`);
      return true;
    });
  } catch (error) {
    if (IN_USE.includes((error as { code?: string }).code ?? '')) return false;
    throw error;
  }
}
