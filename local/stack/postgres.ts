import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { type Patience } from '../../adapters/machine/patience.ts';
import { type Leashed, startLeashed, untilReady } from './leash.ts';
import { findPostgres } from './postgres-binaries.ts';
import { commandOf } from '../../adapters/machine/processes.ts';
import { chooseRunAs, type RunAs } from './run-as.ts';

const USER = 'perennial';
const STOP_MS = 30_000; // it writes what is in memory first

/** For a laptop that has other things to do. */
const smallSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '64MB',
  max_connections: '60',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

export interface PostgresOptions {
  /** Holds the data and the password; made if it is not there. */
  folder: string;
  port: number;
  logFile: string;
  /** Added to, or instead of, the small settings. */
  settings?: Record<string, string>;
}

export interface Postgres {
  pid: number;
  port: number;
  exited: Leashed['exited'];
  /** Where a database is reached, with user and password. */
  url(database: string): string;
  /** Makes a database unless it is there. */
  ensureDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a Postgres that only this machine and this home's password reach, and that never outlives this process. */
export async function startPostgres(
  { folder, port, logFile, settings }: PostgresOptions,
  patience: Patience = {},
): Promise<Postgres> {
  const binaries = await findPostgres();
  await mkdir(folder, { recursive: true });
  const runAs = await chooseRunAs(folder, binaries.postgres);
  const run = (name: string, program: string, args: string[]) => {
    const [command = '', ...rest] = [...runAs.prefix, program, ...args];
    const { uid, gid } = runAs;
    return startLeashed({
      name,
      command,
      args: rest,
      cwd: folder,
      logFile,
      env: { LC_ALL: 'C', PGDATA: undefined, PGPORT: undefined },
      stopSignal: 'SIGINT', // Postgres' word for: drop the clients, write everything, end
      graceMs: STOP_MS,
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    });
  };

  const data = join(folder, 'data');
  const password = await ensurePassword(folder, data, runAs);
  if (!existsSync(data)) await initialise(folder, data, (args) => run('initdb', binaries.initdb, args), logFile);
  await endFormer(data);

  const given = Object.entries({ ...smallSettings, ...settings, port: String(port) });
  const server = await run('Postgres', binaries.postgres, [
    '-D',
    data,
    ...given.flatMap(([k, v]) => ['-c', `${k}=${v}`]),
  ]);
  const url = (database: string) => `postgres://${USER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
  try {
    const ask = () => withClient(url('postgres'), (client) => client.query('select 1'));
    await untilReady(server, ask, { ...patience, hopeless: isWrongPassword });
  } catch (cause) {
    await server.stop();
    throw new UserError(
      'POSTGRES_FAILED',
      `The embedded Postgres in ${folder} did not start on port ${port}, run by ${runAs.who}. ${messageOf(cause)}\n` +
        `The whole log is ${logFile}.`,
      { cause },
    );
  }
  return {
    pid: server.pid,
    port,
    exited: server.exited,
    url,
    ensureDatabase: (name) => ensureDatabase(url('postgres'), name),
    stop: () => server.stop(),
  };
}

/** Made once per home, and kept beside the data, readable by its user alone. */
async function ensurePassword(folder: string, data: string, { uid, gid }: RunAs): Promise<string> {
  const file = join(folder, 'password');
  if (existsSync(file)) return (await readFile(file, 'utf8')).trim();
  if (existsSync(data)) {
    throw new UserError(
      'POSTGRES_FAILED',
      `${file} is gone, and with it the password of the database in ${data}. Put it back, or remove ${folder} to start over.`,
    );
  }
  const password = randomBytes(24).toString('hex');
  const draft = `${file}.new`;
  await rm(draft, { force: true });
  await writeFile(draft, `${password}\n`, { mode: 0o600 });
  if (uid !== undefined && gid !== undefined) await chown(draft, uid, gid); // initdb reads it
  await rename(draft, file);
  return password;
}

/** Makes the data folder under another name first, so that one that is there is whole. */
async function initialise(folder: string, data: string, initdb: (args: string[]) => Promise<Leashed>, logFile: string) {
  const draft = `${data}.new`;
  await rm(draft, { recursive: true, force: true });
  const making = await initdb([
    `--pgdata=${draft}`,
    `--username=${USER}`,
    `--pwfile=${join(folder, 'password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // Its own notion of text, so that an index means the same on every machine.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
  ]);
  const { code } = await making.exited;
  if (code !== 0) {
    throw new UserError(
      'POSTGRES_FAILED',
      `Creating a database in ${folder} failed:\n${making.tail()}\nThe whole log is ${logFile}. ` +
        `To use your own Postgres, set DATABASE_URL.`,
    );
  }
  await rename(draft, data);
}

/**
 * A Postgres that a killed start left behind may still be on its way out: waits for it. A pid file whose process is gone,
 * or is another program by now, is removed; Postgres would take the other program for itself.
 */
async function endFormer(data: string): Promise<void> {
  const file = join(data, 'postmaster.pid');
  const deadline = Date.now() + STOP_MS;
  while (existsSync(file)) {
    const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0]);
    const command = pid > 0 ? commandOf(pid) : null;
    if (command === null || !command.includes(data)) {
      await rm(file, { force: true });
      return;
    }
    if (Date.now() > deadline) {
      throw new UserError(
        'POSTGRES_FAILED',
        `Another Postgres (process ${pid}) uses the data folder ${data}. End it with "kill -INT ${pid}" and start again.`,
      );
    }
    await sleep(100);
  }
}

async function ensureDatabase(url: string, name: string): Promise<void> {
  await withClient(url, async (client) => {
    const found = await client.query('select from pg_database where datname = $1', [name]);
    if (found.rowCount !== 0) return;
    await client.query(`create database ${pg.escapeIdentifier(name)}`).catch((error: { code?: string }) => {
      // Somebody made it in between: 42P04 duplicate database, or 23505 when at the very same time.
      if (error.code !== '42P04' && error.code !== '23505') throw error;
    });
  });
}

const isWrongPassword = (error: unknown): boolean => String((error as { code?: unknown }).code).startsWith('28');

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // a lost connection also fails the query in flight, which says so
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}
