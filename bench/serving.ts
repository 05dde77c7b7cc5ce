import { startPostgres } from '../local/stack/postgres.ts';
import { freePort } from '../local/stack/tcp-ports.ts';
import { findPython } from '../local/toolchain/tools/python.ts';
import { compare, type Bench, type BenchRow } from './bench.ts';
import { load, type LoadResult } from './serving/load.ts';
import { startOurs, type OurServer } from './serving/ours.ts';
import { fastApi, mlflow, someRows, type Peer } from './serving/peers.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROUNDS = 3;
const WARM_UP_SECONDS = 2;

const cases = [
  { name: 'one row a request, 50 connections', rows: 1, connections: 50, seconds: 4 },
  { name: 'one row a request, 1 connection', rows: 1, connections: 1, seconds: 2 },
  { name: '100 rows a request, 8 connections', rows: 100, connections: 8, seconds: 4 },
];

/** A peer and our server run at once and take turns, so the machine's other load affects both. */
export const bench: Bench = {
  summary:
    'Predictions over HTTP, 11 columns: ours validates, scores with a 64-32 network, spools and logs each to Postgres',
  async run(report) {
    const python = (await findPython('bench-serving', { report })).folder;
    const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-'));
    const closers: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
    try {
      const { port } = await freePort(25_432);
      const logFile = join(folder, 'postgres.log');
      const postgres = await startPostgres({ folder: join(folder, 'postgres'), port, logFile });
      closers.push(() => postgres.stop());
      await postgres.ensureDatabase('bench');
      const ours = await startOurs(postgres.url('bench'), join(folder, 'data'));
      closers.push(() => ours.stop());
      const starts = [
        () => fastApi(python, 'logistic'),
        () => fastApi(python, 'forest'),
        () => fastApi(python, 'mlp'),
        () => mlflow(python, folder),
      ];
      const result: BenchRow[] = [];
      for (const start of starts) {
        const peer = await start();
        try {
          for (const each of cases) result.push(...(await takeTurns(ours, peer, each)));
        } finally {
          await peer.stop();
        }
        report(`${peer.name}: done`);
      }
      return result;
    } finally {
      for (const close of closers.reverse()) await close();
    }
  },
};

async function takeTurns(ours: OurServer, peer: Peer, { name, rows, connections, seconds }: (typeof cases)[number]) {
  const some = someRows(Math.max(64, rows));
  const batches = rows === 1 ? some.map((row) => [row]) : [some.slice(0, rows)];
  const ourBodies = batches.map((batch) => JSON.stringify(rows === 1 ? batch[0] : { rows: batch }));
  const peerUrl = new URL(rows === 1 ? peer.one : peer.many);
  const askUs = (time: number) => load({ url: ours.url, bodies: ourBodies, connections, seconds: time });
  const askPeer = (time: number) =>
    load({ url: peerUrl, bodies: batches.map(peer.bodyOf), connections, seconds: time });
  await askUs(WARM_UP_SECONDS);
  await ours.caughtUp();
  await askPeer(WARM_UP_SECONDS);
  const [mine, theirs]: [LoadResult[], LoadResult[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    mine.push(await askUs(seconds));
    await ours.caughtUp(); // the peer's turn is not ours to log in
    theirs.push(await askPeer(seconds));
  }
  const row = { case: name, peerName: peer.name };
  const speed = (all: LoadResult[]) => all.map((each) => each.requestsPerSecond * rows);
  return [
    compare({ ...row, unit: 'predictions/s' }, speed(mine), speed(theirs), 'more'),
    ...(['p50', 'p99'] as const).map((share) => {
      const of = (all: LoadResult[]) => all.map((each) => each[share]);
      return compare({ ...row, unit: `ms ${share}` }, of(mine), of(theirs), 'less');
    }),
  ];
}
