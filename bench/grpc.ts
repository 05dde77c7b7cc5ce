import { freePort } from '../local/stack/tcp-ports.ts';
import { findPython } from '../local/toolchain/tools/python.ts';
import { toBinary } from '../server/protocols/inference/tensors.ts';
import { alone, type Bench, type BenchRow } from './bench.ts';
import { cpuSeconds } from './serving/cpu.ts';
import { exampleRow } from './serving/example.ts';
import { grpcLoad } from './serving/grpc-load.ts';
import { started, workers } from './serving/peers.ts';
import { takeTurns } from './serving/turns.ts';
import { withOurs } from './serving/with-ours.ts';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cases = [
  { name: 'one row a call, 50 connections', rows: 1, connections: 50, seconds: 4 },
  { name: '100 rows a call, 8 connections', rows: 100, connections: 8, seconds: 4 },
];
const peerScript = fileURLToPath(new URL('serving/peer_grpc.py', import.meta.url));

export const bench: Bench = {
  summary:
    'ModelInfer of the Open Inference Protocol over gRPC, 11 raw tensors: ours checks, scores, spools and logs each row',
  async run(report) {
    const python = (await findPython('inference-clients', { report })).folder;
    return withOurs(async ({ ours }) => {
      const peer = await startPeer(python);
      try {
        const result: BenchRow[] = [];
        for (const { name, rows, connections, seconds } of cases) {
          const requests = Array.from({ length: rows === 1 ? 64 : 1 }, (_, i) => requestOf(i, rows));
          const ask = (port: number) => (time: number) => grpcLoad({ port, requests, connections, seconds: time });
          const askUs = ask(ours.grpcPort);
          result.push(
            ...(await takeTurns({
              case: name,
              peerName: peer.name,
              rows,
              seconds,
              askUs,
              askPeer: ask(peer.port),
              caughtUp: ours.caughtUp,
            })),
          );
          const before = cpuSeconds(ours.pid);
          const { requests: answered } = await askUs(seconds);
          const unit = 'predictions per processor second of the server';
          result.push(alone({ case: name, unit }, [(answered * rows) / (cpuSeconds(ours.pid) - before)]));
          await ours.caughtUp();
          report(`${name}: done`);
        }
        return result;
      } finally {
        await peer.stop();
      }
    });
  },
};

async function startPeer(python: string) {
  const { port } = await freePort(25_500);
  const ready = () => grpcLoad({ port, requests: [requestOf(0, 1)], connections: 1, seconds: 0.01 });
  return {
    name: `grpc.aio with NumPy, ${workers} processes`,
    port,
    stop: await started(join(python, 'python'), [peerScript, String(port), workers], {}, ready),
  };
}

/** As Triton's client sends rows: a raw tensor for each column. */
function requestOf(first: number, count: number): object {
  const rows = Array.from({ length: count }, (_, i) => exampleRow(first + i));
  const tensors = Object.keys(rows[0]!).map((name) => {
    const values = rows.map((row) => row[name]!);
    const datatype = typeof values[0] === 'number' ? 'FP64' : 'BYTES';
    return { name, datatype, shape: [count, 1], elements: values } as const;
  });
  return {
    model_name: 'bench',
    inputs: tensors.map(({ name, datatype, shape }) => ({ name, datatype, shape })),
    raw_input_contents: tensors.map(toBinary),
  };
}
