import { connect } from '../adapters/postgres/database.ts';
import { alone, type Bench, type BenchRow } from './bench.ts';
import { cpuSeconds } from './serving/cpu.ts';
import { exampleRow } from './serving/example.ts';
import { load } from './serving/load.ts';
import { trainBeside } from './serving/training-beside.ts';
import { withOurs } from './serving/with-ours.ts';

const WARM_UP_SECONDS = 5;
const SECONDS = 60;
const MANY = 100;
/** As on a machine that is the database's. */
const settings = { shared_buffers: '512MB', max_wal_size: '8GB' };

const rowsOf = (count: number) => Array.from({ length: count }, (_, i) => exampleRow(i));
interface Case {
  name: string;
  bodies: string[];
  rows: number;
  connections: number;
  training?: true;
}
const cases: Case[] = [
  {
    name: 'one row a request, 50 connections',
    bodies: rowsOf(64).map((row) => JSON.stringify(row)),
    rows: 1,
    connections: 50,
  },
  {
    name: 'one row a request, 50 connections, beside a training',
    bodies: rowsOf(64).map((row) => JSON.stringify(row)),
    rows: 1,
    connections: 50,
    training: true,
  },
  {
    name: `${MANY} rows a request, 8 connections`,
    bodies: [JSON.stringify({ rows: rowsOf(MANY) })],
    rows: MANY,
    connections: 8,
  },
];

export const bench: Bench = {
  summary: `As many predictions as our server answers in ${SECONDS} s (or --seconds), until the last one is in the log`,
  async run(report, { seconds = SECONDS }) {
    return withOurs(async ({ ours: server, postgres, databaseUrl, folder }) => {
      const database = connect(databaseUrl, { connections: 1 });
      try {
        /** Waits until the log has caught up; returns how many are there, and how many never will be. */
        async function caughtUp(): Promise<{ logged: number; dropped: number }> {
          const { dropped } = await server.caughtUp();
          const { rows } = await database.query<{ count: number }>('select count(*) from predictions');
          return { logged: rows[0]!.count, dropped };
        }

        async function walBytes(): Promise<number> {
          const { rows } = await database.query<{ at: number }>(
            "select (pg_current_wal_insert_lsn() - '0/0')::float8 as at",
          );
          return rows[0]!.at;
        }

        const result: BenchRow[] = [];
        for (const { name, bodies, rows, connections, training } of cases) {
          const ask = (time: number) => load({ url: server.url, bodies, connections, seconds: time });
          await ask(WARM_UP_SECONDS);
          const before = await caughtUp();
          const wal = await walBytes();
          const cpu = { server: cpuSeconds(server.pid), postgres: cpuSeconds(postgres.pid) };
          const beside = training ? await trainBeside(folder) : null;
          const started = performance.now();
          const { requests, p50, p99 } = await ask(seconds);
          await beside?.stop();
          const answering = (performance.now() - started) / 1000;
          const after = await caughtUp();
          const all = (performance.now() - started) / 1000;
          const answered = requests * rows;
          const [logged, dropped] = [after.logged - before.logged, after.dropped - before.dropped];
          report(`${name}: answered ${answered}, logged ${logged}, dropped ${dropped}`);
          const figure = (unit: string, value: number): void => void result.push(alone({ case: name, unit }, [value]));
          figure('predictions answered', answered);
          figure('logged', logged);
          figure('dropped', dropped);
          figure('answered/s', answered / answering);
          figure('logged/s', logged / all);
          figure('s of catching up', all - answering);
          figure('ms p50', p50);
          figure('ms p99', p99);
          figure('answered per processor second of the server', answered / (cpuSeconds(server.pid) - cpu.server));
          figure('bytes of WAL for each logged', ((await walBytes()) - wal) / logged);
          figure('logged per processor second of Postgres', logged / (cpuSeconds(postgres.pid) - cpu.postgres));
        }
        return result;
      } finally {
        await database.end();
      }
    }, settings);
  },
};
