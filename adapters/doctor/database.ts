import { failed, ok, warning, type Check } from '../../core/runs/doctor.ts';
import { connect, unreachable, type Database } from '../postgres/database.ts';
import { readdir } from 'node:fs/promises';

const SKEW_MS = 5_000;
const TOLD_MS = 50;
/** The first one also waits for the connection. */
const READINGS = 3;
/** Longer than the doctor waits: a slow database is reported as slow, not as unreachable. */
const CONNECT_MS = 20_000;

/** Works on its own connection, which it closes afterwards, or at once when `signal` aborts. */
export async function withDatabase<T>(
  url: string,
  signal: AbortSignal,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = connect(url, { connections: 1, connectMs: CONNECT_MS, signal });
  try {
    return await work(database);
  } catch (error) {
    throw unreachable(database, error);
  } finally {
    await database.end();
  }
}

/** Of another clock: `now` was read at some time between the two of this one. */
interface Reading {
  before: number;
  now: number;
  after: number;
}

/** By how much two clocks differ at least: what can be the time that a query took is not counted. */
export const surelyApart = (readings: readonly Reading[]): number =>
  Math.max(0, ...readings.map(({ before, now, after }) => Math.max(before - now, now - after)));

export const databaseChecks = (url: string): Check[] => [
  {
    name: 'Postgres',
    needed: true,
    look: (signal) =>
      withDatabase(url, signal, async (database) => {
        const { rows } = await database.query<{ version: string; writes: boolean }>(
          `select current_setting('server_version') as version, not pg_is_in_recovery() as writes`,
        );
        const { version, writes } = rows[0]!;
        if (writes) return ok(`${version} answers.`);
        return failed(`${version} answers but takes no writes: it is a standby.`, 'Point DATABASE_URL at the primary.');
      }),
  },
  {
    name: 'schema',
    look: (signal) =>
      withDatabase(url, signal, async (database) => {
        const known = await knownMigrations();
        const { rows: there } = await database.query<{ there: boolean }>(
          `select to_regclass('perennial.migrations') is not null as there`,
        );
        if (!there[0]!.there)
          return failed(
            'Perennial has no tables there yet.',
            'Start a worker, which creates them, or check DATABASE_URL.',
          );
        const { rows } = await database.query<{ name: string }>('select name from migrations order by name');
        const done = rows.map(({ name }) => name);
        const missing = known.filter((name) => !done.includes(name));
        const newer = done.filter((name) => !known.includes(name));
        if (missing.length > 0)
          return failed(
            `Migrations are missing: ${missing.join(', ')}.`,
            'Start a worker of this version, which applies them.',
          );
        if (newer.length > 0)
          return warning(
            `A newer version has migrated this database (${newer.join(', ')}).`,
            'Install that version here too.',
          );
        return ok(`Up to date (${done.at(-1)}).`);
      }),
  },
  {
    name: 'clock',
    look: (signal) =>
      withDatabase(url, signal, async (database) => {
        const readings: Reading[] = [];
        for (let i = 0; i < READINGS; i++) {
          const before = Date.now();
          const { rows } = await database.query<{ now: string }>('select clock_timestamp() as now');
          readings.push({ before, now: Date.parse(rows[0]!.now), after: Date.now() });
        }
        const apart = surelyApart(readings);
        if (apart < TOLD_MS) return ok('The clocks of this machine and Postgres agree.');
        const found = `The clocks of this machine and Postgres are at least ${(apart / 1000).toFixed(1)} s apart.`;
        if (apart < SKEW_MS) return ok(found);
        return warning(found, 'Synchronise both by NTP: times from both are compared.');
      }),
  },
];

const knownMigrations = async (): Promise<string[]> =>
  (await readdir(new URL('../postgres/migrations/', import.meta.url))).filter((name) => name.endsWith('.sql')).sort();
