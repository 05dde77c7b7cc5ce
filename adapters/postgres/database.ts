import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { meansUnreachable } from '../../core/base/errors/unreachable.ts';
import type { Instant } from '../../core/time/time.ts';
import { readdir, readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import pg from 'pg';

export type Database = pg.Pool;

// Counts and row numbers stay far below 2^53, so a bigint may be read as a number.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
// Times cross every boundary as ISO text in UTC; a date object would only be turned into it later.
pg.types.setTypeParser(pg.types.builtins.TIMESTAMPTZ, instantOf);

/** instantOf('2026-01-19 03:00:00.25+00') // => '2026-01-19T03:00:00.250Z'. Date takes six times as long for this form. */
function instantOf(text: string): Instant {
  const [, day, time, fraction = ''] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,3})\d*)?\+00$/.exec(text) ?? [];
  return day === undefined ? new Date(text).toISOString() : `${day}T${time}.${fraction.padEnd(3, '0')}Z`;
}

export interface PoolOptions {
  connections?: number;
  /** How long connecting may take. */
  connectMs?: number;
  /** A connection without a byte for this long, while a caller waits, is closed. */
  quietMs?: number;
  /** Ends every connection, even one still connecting. */
  signal?: AbortSignal;
}

/**
 * A pool of connections to Perennial's schema that throws DATABASE_UNREACHABLE. Nothing connects until the first query.
 */
export function connect(url: string, options: PoolOptions = {}): Database {
  const { connections = 8, connectMs = 5_000, quietMs = 600_000, signal } = options;
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: connectMs,
    keepAlive: true, // otherwise we would wait for ever for a machine that is gone
    keepAliveInitialDelayMillis: 10_000,
    ...(signal ? { stream: () => new Socket({ signal }) } : {}),
    options: '-c search_path=perennial -c timezone=UTC',
  });
  // The next query replaces a connection that dies while idle; without a listener it would crash the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    // The same for one that dies in use: its query in flight fails with the error.
    client.on('error', () => undefined);
    // Keep-alive detects dead machines; only this detects a proxy that accepts everything and answers nothing.
    const socket = socketOf(client);
    socket.setTimeout(quietMs, () =>
      socket.destroy(Object.assign(new Error(`nothing came for ${quietMs / 1000} s`), { code: 'ETIMEDOUT' })),
    );
  });
  const ask = pool.query.bind(pool) as (...question: unknown[]) => Promise<unknown>;
  const askInWords = (...question: unknown[]): Promise<unknown> =>
    ask(...question).catch((error: unknown) => {
      throw unreachable(pool, error);
    });
  pool.query = askInWords as typeof pool.query;
  return pool;
}

const socketOf = (client: pg.PoolClient): Socket =>
  (client as unknown as { connection: { stream: Socket } }).connection.stream;

/** Cancels this connection's query in the database when `signal` aborts; returns the cleanup. */
function stopWith(signal: AbortSignal | undefined, database: Database, client: pg.PoolClient): () => void {
  const { processID } = client as pg.PoolClient & { processID?: number };
  const cancel = (): void => void database.query('select pg_cancel_backend($1)', [processID]).catch(() => undefined);
  signal?.addEventListener('abort', cancel, { once: true });
  return () => signal?.removeEventListener('abort', cancel);
}

/** Runs `work` in one transaction; an error rolls it back, and so does an abort of `signal`. */
export async function transaction<T>(
  database: Database,
  work: (client: pg.PoolClient) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const client = await database.connect().catch((error: unknown) => {
    throw unreachable(database, error);
  });
  const stopped = stopWith(signal, database, client);
  let broken = false;
  try {
    signal?.throwIfAborted();
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => (broken = true));
    signal?.throwIfAborted(); // what the interruption broke is an interruption
    throw unreachable(database, error);
  } finally {
    stopped();
    client.release(broken || signal?.aborted === true); // the cancellation may still be on its way to it
  }
}

/** Few enough rows that reading them blocks the event loop only for some milliseconds. */
const ROWS_AT_ONCE = 5_000;

/**
 * The rows of a query some at a time, through a cursor, so only a few are in memory. The database stops searching when
 * `signal` aborts.
 */
export async function* streamed<Row extends pg.QueryResultRow>(
  database: Database,
  sql: string,
  values: unknown[],
  signal?: AbortSignal,
): AsyncGenerator<Row[]> {
  const client = await database.connect();
  const stopped = stopWith(signal, database, client);
  let whole = false;
  try {
    signal?.throwIfAborted();
    await client.query('begin read only');
    await client.query(`declare streamed no scroll cursor for ${sql}`, values);
    for (;;) {
      signal?.throwIfAborted(); // a cancellation between two fetches finds nothing to cancel
      const { rows } = await client.query<Row>(`fetch ${ROWS_AT_ONCE} from streamed`);
      if (rows.length === 0) break;
      yield rows;
    }
    await client.query('commit');
    whole = true;
  } catch (error) {
    signal?.throwIfAborted(); // what the interruption broke is an interruption
    throw unreachable(database, error);
  } finally {
    stopped();
    client.release(!whole || signal?.aborted === true); // a reader that stopped early leaves a transaction behind
  }
}

const MIGRATION_LOCK = 7_306_501;
const MIGRATIONS = new URL('migrations/', import.meta.url);

/** The migrations of this version, in their order. */
export const migrationNames = async (): Promise<string[]> =>
  (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).sort();

/**
 * Brings the schema up to date. Safe to run from many processes at once, and again. Each migration is a transaction of
 * its own: servers of the last release work meanwhile, and one that held a table for the next would wait for them in a
 * circle. What was done stays done when one fails.
 */
export async function migrate(database: Database): Promise<void> {
  const files = await migrationNames();
  while (await transaction(database, (client) => migrateOnce(client, files)));
}

/** Does the first migration that the database has not had; returns whether there was one. */
async function migrateOnce(client: pg.PoolClient, files: string[]): Promise<boolean> {
  socketOf(client).setTimeout(0); // a large table takes its time
  await client.query('select pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
  await client.query('create schema if not exists perennial');
  await client.query('create table if not exists migrations (name text primary key, at timestamptz default now())');
  const { rows: done } = await client.query<{ name: string }>('select name from migrations');
  const next = files.find((file) => !done.some(({ name }) => name === file));
  if (next === undefined) return false;
  await client.query(await readFile(new URL(next, MIGRATIONS), 'utf8'));
  await client.query('insert into migrations (name) values ($1)', [next]);
  return true;
}

/** Whether the database reports that it is starting up, so it will answer. */
export const isStartingUp = (error: unknown): boolean =>
  error instanceof Error && ((error as { code?: unknown }).code === '57P03' || isStartingUp(error.cause));

const DISK_FULL = '53100';

/** Turns connection errors into DATABASE_UNREACHABLE; other errors pass unchanged. */
export function unreachable(database: Database, error: unknown): unknown {
  if (error instanceof UserError) return error;
  const code = (error as { code?: string }).code ?? '';
  // A password or database that is wrong today was right once, or will be.
  if (!meansUnreachable(error) && !/^(28|3D000$|EPIPE$)/.test(code)) return error;
  const where = new URL(database.options.connectionString ?? 'postgres://');
  return new UserError(
    'DATABASE_UNREACHABLE',
    `Perennial's database at ${where.host}${where.pathname} does not answer (${messageOf(error) || code}). ` +
      (code === DISK_FULL ? 'Free some space on its disk.' : 'Start it, or check DATABASE_URL.'),
    { cause: error },
  );
}
