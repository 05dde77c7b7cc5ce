import { startPostgres } from '../local/stack/postgres.ts';
import { freePort } from '../local/stack/tcp-ports.ts';
import { findPython } from '../local/toolchain/tools/python.ts';
import { type Bench, type BenchRow } from './bench.ts';
import { load } from './serving/load.ts';
import { startOurs, type OurServer } from './serving/ours.ts';
import { fastApi, mlflow, someRows, type Peer } from './serving/peers.ts';
import { takeTurns, type Turns } from './serving/turns.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
          for (const each of cases) result.push(...(await takeTurns(turnsOf(ours, peer, each))));
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

function turnsOf(ours: OurServer, peer: Peer, { name, rows, connections, seconds }: (typeof cases)[number]): Turns {
  const some = someRows(Math.max(64, rows));
  const batches = rows === 1 ? some.map((row) => [row]) : [some.slice(0, rows)];
  const ourBodies = batches.map((batch) => JSON.stringify(rows === 1 ? batch[0] : { rows: batch }));
  const peerUrl = new URL(rows === 1 ? peer.one : peer.many);
  return {
    case: name,
    peerName: peer.name,
    rows,
    seconds,
    askUs: (time) => load({ url: ours.url, bodies: ourBodies, connections, seconds: time }),
    askPeer: (time) => load({ url: peerUrl, bodies: batches.map(peer.bodyOf), connections, seconds: time }),
    caughtUp: ours.caughtUp,
  };
}
