import { findPython } from '../local/toolchain/tools/python.ts';
import { type Bench, type BenchRow } from './bench.ts';
import { load } from './serving/load.ts';
import { type OurServer } from './serving/ours.ts';
import { fastApi, mlflow, someRows, type Peer } from './serving/peers.ts';
import { takeTurns, type Turns } from './serving/turns.ts';
import { withOurs } from './serving/with-ours.ts';

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
    return withOurs(async ({ ours, folder }) => {
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
    });
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
