import { tsxLoader } from '../adapters/declarations/tsx.ts';
import { startPostgres } from '../local/stack/postgres.ts';
import { freePort } from '../local/stack/tcp-ports.ts';
import { compare, type Bench, type BenchRow } from './bench.ts';
import { findPython } from '../local/toolchain/tools/python.ts';
import { environment } from '../wiring/settings.ts';
import { exampleRow } from './serving/example.ts';
import { load, type LoadResult } from './serving/load.ts';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PEER = 'FastAPI + scikit-learn';
const ROUNDS = 3;
const MANY = 100;
const rows = Array.from({ length: 64 }, (_, i) => exampleRow(i));
const one = rows.map((row) => JSON.stringify(row));
const many = [JSON.stringify({ rows: Array.from({ length: MANY }, (_, i) => exampleRow(i)) })];

const cases = [
  { name: 'one row a request, 32 connections', bodies: one, connections: 32, seconds: 5, path: 'one', perRequest: 1 },
  { name: 'one row a request, 1 connection', bodies: one, connections: 1, seconds: 3, path: 'one', perRequest: 1 },
  {
    name: `${MANY} rows a request, 8 connections`,
    bodies: many,
    connections: 8,
    seconds: 5,
    path: 'many',
    perRequest: MANY,
  },
];

/** Both servers run at once and take turns, so the machine's other load affects both. */
export const bench: Bench = {
  summary: 'Predictions over HTTP, 11 columns, a 64-32 network: ours validates, spools and logs each to Postgres',
  async run(report) {
    const python = join((await findPython('bench-serving', { report })).folder, 'python');
    const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-'));
    const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
    try {
      const { port } = await freePort(25_432);
      const postgres = await startPostgres({
        folder: join(folder, 'postgres'),
        port,
        logFile: join(folder, 'postgres.log'),
      });
      closers.push(() => postgres.stop());
      await postgres.ensureDatabase('bench');
      const ours = await startOurs(postgres.url('bench'), join(folder, 'data'), closers);
      const peer = await startPeer(python, closers);
      const result: BenchRow[] = [];
      for (const { name, bodies, connections, seconds, path, perRequest } of cases) {
        const ask = (url: URL, time: number): Promise<LoadResult> => load({ url, bodies, connections, seconds: time });
        const peerUrl = new URL(`/predict/${path}`, peer);
        await ask(ours, 2);
        await ask(peerUrl, 2);
        const [mine, theirs]: [LoadResult[], LoadResult[]] = [[], []];
        for (let round = 0; round < ROUNDS; round++) {
          mine.push(await ask(ours, seconds));
          theirs.push(await ask(peerUrl, seconds));
        }
        report(`${name}: done`);
        const row = { case: name, peerName: PEER };
        const speed = (all: LoadResult[]) => all.map((each) => each.requestsPerSecond * perRequest);
        result.push(compare({ ...row, unit: 'predictions/s' }, speed(mine), speed(theirs), 'more'));
        for (const share of ['p50', 'p99'] as const) {
          const of = (all: LoadResult[]) => all.map((each) => each[share]);
          result.push(compare({ ...row, unit: `ms ${share}` }, of(mine), of(theirs), 'less'));
        }
      }
      return result;
    } finally {
      for (const close of closers.reverse()) await close();
    }
  },
};

async function startOurs(databaseUrl: string, dataFolder: string, closers: (() => unknown)[]): Promise<URL> {
  const entry = fileURLToPath(new URL('serving/our-server.ts', import.meta.url));
  const child = fork(entry, [databaseUrl, dataFolder], { execArgv: ['--import', tsxLoader] });
  closers.push(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('our server did not start')));
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [{ address: string }];
  ended.catch(() => undefined);
  return new URL('/predict/bench', message.address);
}

async function startPeer(python: string, closers: (() => unknown)[]): Promise<string> {
  const { port } = await freePort(25_500);
  const script = fileURLToPath(new URL('serving/peer.py', import.meta.url));
  const child = spawn(python, [script, String(port)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    // One process with one thread, as ours has.
    env: { ...environment, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' },
  });
  closers.push(async () => {
    if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
  });
  const address = `http://127.0.0.1:${port}`;
  for (const end = Date.now() + 60_000; ;) {
    const ready = await fetch(`${address}/openapi.json`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return address;
    if (child.exitCode !== null || Date.now() > end)
      throw new Error(`the peer did not start (exit code ${child.exitCode})`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
