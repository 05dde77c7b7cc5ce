import { messageOf, UserError } from '../../core/errors.ts';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';

export type Database = pg.Pool;

// Counts and row numbers stay far below 2^53, so a bigint may be read as a number.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
// Times cross every boundary as ISO text in UTC; a date object would only be turned into it later.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, (text) => new Date(text).toISOString());

/** A pool of connections that see Perennial's schema. Nothing connects until the first query. */
export function connect(url: string, { connections = 8 }: { connections?: number } = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: 5_000,
    keepAlive: true, // an answer from a machine that is gone would be waited for without end
    keepAliveInitialDelayMillis: 10_000,
    options: '-c search_path=perennial -c timezone=UTC',
  });
  // A connection that dies while idle is replaced by the next query; without a listener it would end the process.
  pool.on('error', () => undefined);
  // The same for one that dies while it is lent out: its query in flight fails and says so.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Runs `work` in one transaction; whatever it throws undoes all of it. */
export async function transaction<T>(database: Database, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await database.connect();
  let broken = false;
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => (broken = true));
    throw error;
  } finally {
    client.release(broken);
  }
}

const MIGRATION_LOCK = 7_306_501;
const MIGRATIONS = new URL('migrations/', import.meta.url);

/** The migrations of this version, in their order. */
export const migrationNames = async (): Promise<string[]> =>
  (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).sort();

/** Brings the schema up to date. Safe to run from many processes at once, and again. */
export async function migrate(database: Database): Promise<void> {
  const files = await migrationNames();
  try {
    await transaction(database, async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
      await client.query('create schema if not exists perennial');
      await client.query('create table if not exists migrations (name text primary key, at timestamptz default now())');
      const done = await client.query<{ name: string }>('select name from migrations');
      for (const file of files.filter((name) => !done.rows.some((row) => row.name === name))) {
        await client.query(await readFile(new URL(file, MIGRATIONS), 'utf8'));
        await client.query('insert into migrations (name) values ($1)', [file]);
      }
    });
  } catch (error) {
    throw unreachable(database, error);
  }
}

/** Turns a refused connection into words; other errors pass as they are. */
export function unreachable(database: Database, error: unknown): unknown {
  const code = (error as { code?: string }).code ?? '';
  const refused = /^(ECONN|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|57P0|28|3D000)/.test(code);
  if (!refused && !/timeout exceeded when trying to connect|Connection terminated/.test(messageOf(error))) return error;
  const where = new URL(database.options.connectionString ?? 'postgres://');
  return new UserError(
    'DATABASE_UNREACHABLE',
    `Perennial's database at ${where.host}${where.pathname} does not answer (${messageOf(error) || code}). ` +
      'Start it, or check DATABASE_URL.',
    { cause: error },
  );
}
