import { runSql } from '../test/support/postgres/postgres.ts';
import { aRow, cleanUp, until } from '../test/server/fakes.ts';
import { prepareServing, serverProcessesOver, type ServerProcesses } from '../test/server/server-process.ts';
import { startPostgres } from '../local/stack/postgres.ts';
import { freePort } from '../local/stack/tcp-ports.ts';
import { makeFolder, alone, type Bench } from './bench.ts';
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const ROUNDS = 5;
const SERVERS = 2;
const PROCESSES = 2;
/** Of each server: enough that every process has some. */
const CONNECTIONS = 8;
/** Between two requests of a connection: enough ask to see who answers, and the machine is not full of it. */
const PAUSE_MS = 5;
const perennial = join(import.meta.dirname, '../bin/perennial.js');

/** How long after the command was typed, and after the decision was stored, the bad version still answered. */
interface Gone {
  sinceTyped: number;
  sinceDecided: number;
}

export const bench: Bench = {
  summary: `A rollback without Temporal: ${SERVERS} servers of ${PROCESSES} processes each, until the bad version answers nobody`,
  async run(report) {
    const folder = makeFolder();
    const { port } = await freePort(25_432);
    const postgres = await startPostgres({
      folder: join(folder, 'postgres'),
      port,
      logFile: join(folder, 'postgres.log'),
    });
    await postgres.ensureDatabase('bench');
    const url = postgres.url('bench');
    await prepareServing(url);
    const test = serverProcessesOver({ url, drop: () => postgres.stop() });
    try {
      for (const version of [1, 2]) await test.register(version);
      await test.promote(1, 0);
      const servers = Array.from({ length: SERVERS }, (_, i) =>
        test.start({
          args: ['--workers', String(PROCESSES)],
          environment: { PERENNIAL_DATA: join(test.folder, `data-${i}`), PERENNIAL_REPLICA: `server-${i}` },
        }),
      );
      const urls = await Promise.all(servers.map(({ address }) => address));
      const rounds = async (name: string, first: number, before: () => Promise<unknown>): Promise<Gone[]> => {
        const gone: Gone[] = [];
        for (let round = 0; round < ROUNDS; round++) {
          await test.promote(2, first + 2 * round);
          gone.push(await rollBack(test, urls, before));
          report(`${name}: ${gone.at(-1)!.sinceTyped.toFixed()} ms after it was typed`);
        }
        return gone;
      };
      const usual = await rounds('as usual', 1, () => Promise.resolve());
      const unheard = await rounds('no notification', 1 + 2 * ROUNDS, () => endListeners(test));
      return [
        ...rowsOf('every process hears of it', usual),
        ...rowsOf('no process hears of it, so all find it by polling', unheard),
      ];
    } finally {
      await test.close();
      await cleanUp();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function rollBack(test: ServerProcesses, urls: string[], before: () => Promise<unknown>): Promise<Gone> {
  const asking = urls.map((url) => keepAsking(url));
  await until(
    () => asking.every(({ newest }) => newest().every((version) => version === 2)),
    'version 2 answers alone',
  );
  await before();
  const typed = Date.now();
  await promisify(execFile)(process.execPath, [perennial, 'rollback', 'fraud', '--reason', 'a benchmark'], {
    env: {
      DATABASE_URL: test.url,
      OBJECT_STORE_URL: String(pathToFileURL(join(test.folder, 'objects'))),
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    },
  });
  const { rows } = await runSql(test.url, 'select changed_at as "at" from perennial.traffic');
  await until(
    () => asking.every(({ newest }) => newest().every((version) => version === 1)),
    'version 1 answers alone',
  );
  const last = Math.max(...(await Promise.all(asking.map(({ stop }) => stop()))));
  return { sinceTyped: last - typed, sinceDecided: last - new Date((rows[0] as { at: Date }).at).getTime() };
}

/** Asks over several connections; `newest` is what each was answered last, `stop` returns when version 2 last answered. */
function keepAsking(url: string) {
  const newest: (number | null)[] = Array.from({ length: CONNECTIONS }, () => null);
  let last = 0;
  let stopped = false;
  const body = JSON.stringify(aRow());
  const clients = newest.map(async (_, i) => {
    while (!stopped) {
      const sent = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
      const { version } = (await (await fetch(`${url}/predict/fraud`, sent)).json()) as { version: number };
      newest[i] = version;
      if (version === 2) last = Date.now();
      await sleep(PAUSE_MS);
    }
  });
  return {
    newest: () => newest,
    async stop(): Promise<number> {
      stopped = true;
      await Promise.all(clients);
      return last;
    },
  };
}

/** Ends the connections over which Postgres would notify; servers open new ones after a pause. */
const endListeners = (test: ServerProcesses) =>
  runSql(
    test.url,
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and query ilike 'listen%'`,
  );

const rowsOf = (name: string, gone: readonly Gone[]) => [
  alone(
    { case: name, unit: 'ms since it was typed' },
    gone.map(({ sinceTyped }) => sinceTyped),
  ),
  alone({ case: `${name}, slowest`, unit: 'ms since it was typed' }, [
    Math.max(...gone.map(({ sinceTyped }) => sinceTyped)),
  ]),
  alone(
    { case: name, unit: 'ms since it was stored' },
    gone.map(({ sinceDecided }) => sinceDecided),
  ),
];
