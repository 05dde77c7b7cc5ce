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

/** Another holds a lock on the table, a deadlock was broken, or this user may not make tables. */
const KEEPS_US_OUT = ['55P03', '40P01', '42501'];

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

/** Makes partitions as they are needed; asks for each once. */
export function createPartitionMaker(database: Database, partitioned: Partitioned) {
  const asked = new Set<string>();
  return async (times: Iterable<Instant>): Promise<void> => {
    const pieces = new Map([...times].map((time) => pieceAt(partitioned, time)).map((piece) => [piece.name, piece]));
    for (const piece of pieces.values()) {
      if (asked.has(piece.name)) continue;
      await makePartition(database, partitioned, piece);
      asked.add(piece.name);
    }
  };
}
