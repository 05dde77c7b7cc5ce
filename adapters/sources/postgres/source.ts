import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import type { Secrets } from '../../../core/sources/secrets.ts';
import { errorCode } from '../../objects/hash-file.ts';
import { isFacts, type ReadingOf } from '../extraction.ts';
import pg from 'pg';

const CONNECT_MILLISECONDS = 10_000;

/** A connection to the database of a reading, in a transaction that only reads, and how to name it in words. */
export interface Source {
  client: pg.Client;
  /** The table and its database, like `transactions in db.example.com:5432/shop`: never a password. */
  where: string;
  /** Asks the server to stop what the connection is doing. Best effort: a server that does not answer is left alone. */
  cancel(): Promise<void>;
}

/** Connects, works, disconnects. What the database refuses becomes a UserError with the place in it. */
export async function withSource<T>(
  { secrets, reading, signal }: { secrets: Secrets; reading: ReadingOf<'postgres'>; signal?: AbortSignal },
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const connect = clientFor(secrets.read(reading.from.connection), reading);
  const client = connect();
  const where = `${reading.from.table} in ${client.host}:${client.port}/${client.database ?? ''}`;
  // Without a listener, a connection that dies between two queries would end the process.
  client.on('error', () => undefined);
  try {
    await unlessAborted(client.connect(), signal);
    await client.query('begin read only');
    // Local to the transaction, since a pooler shares its connections. COPY writes times as these say.
    await client.query("set local timezone = 'UTC'; set local datestyle = 'ISO'; set local extra_float_digits = 1");
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    return await work({ client, where, cancel: () => cancelBackend(connect(), rows[0]!.pid) });
  } catch (error) {
    throw describe(error, reading, where);
  } finally {
    const ended = client.end().catch(() => undefined);
    if (!signal?.aborted) await ended;
  }
}

/** Stops waiting when `signal` aborts; the awaited work continues unobserved. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const forgotten = new AbortController();
  const aborted = new Promise<never>((_resolve, reject) => {
    const leave = (): void => reject(signal.reason as Error);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { signal: forgotten.signal });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    forgotten.abort();
  }
}

function clientFor(url: string, { from: { connection } }: ReadingOf<'postgres'>): () => pg.Client {
  const connect = (): pg.Client =>
    new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MILLISECONDS, keepAlive: true });
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url))
    // Not even a part of it is shown: it may be the password.
    throw new UserError(
      'SOURCE_UNREACHABLE',
      `The value of ${connection.env} is not the address of a database. ` +
        'Write postgres://user:password@host:port/database.',
    );
  return connect;
}

async function cancelBackend(client: pg.Client, pid: number): Promise<void> {
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select pg_cancel_backend($1)', [pid]);
  } catch {
    // The server does not answer; closing our own connection is all that is left, and its owner does that.
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
function describe(error: unknown, reading: ReadingOf<'postgres'>, where: string): unknown {
  if (error instanceof UserError) return error;
  const code = errorCode(error) ?? '';
  const said = messageOf(error);
  if (code === '42501')
    return new UserError(
      'SOURCE_TABLE_MISSING',
      `The user of ${reading.from.connection.env} may not read ${where} (${said}). Grant it select on the table.`,
      { cause: error },
    );
  if (code.startsWith('22'))
    return new UserError(
      'SOURCE_VALUE_INVALID',
      `${columnOf(reading)}${where} holds a value that cannot be read as declared: ${said}. Fix the ` +
        'value, or read from a view that casts it or leaves it out.',
      { cause: error },
    );
  if (
    /^(08|28|57P|53|3D|E[A-Z]+$|SELF_SIGNED|DEPTH_ZERO|CERT_|UNABLE_)/.test(code) ||
    /terminated|timeout|SSL/i.test(said)
  )
    return new UserError(
      'SOURCE_UNREACHABLE',
      `Cannot read ${where}: ${said}. Check that the database runs and takes connections from here, and the value of ` +
        `${reading.from.connection.env}.`,
      { cause: error },
    );
  return new Error(`Reading ${where} failed: ${said}`, { cause: error });
}

/** Postgres does not say which column holds the value; facts have but one. */
const columnOf = (reading: ReadingOf<'postgres'>): string =>
  isFacts(reading) ? `Column ${Object.keys(reading.columns)[0]} of ` : '';
