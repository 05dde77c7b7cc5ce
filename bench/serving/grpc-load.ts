import { resultOf, type LoadResult } from './load.ts';
import grpc, { type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';

const proto = fileURLToPath(new URL('../../server/protocols/inference/inference.proto', import.meta.url));
const { GRPCInferenceService } = grpc.loadPackageDefinition(loadSync(proto, { keepCase: true }))[
  'inference'
] as unknown as { GRPCInferenceService: ServiceClientConstructor };
const { path, requestSerialize } = GRPCInferenceService.service['ModelInfer']!;

const asTheyAre = (bytes: Buffer): Buffer => bytes;

export interface GrpcLoad {
  port: number;
  /** Requests for ModelInfer; they are encoded once. */
  requests: readonly object[];
  /** Connections with one call under way each. */
  connections: number;
  seconds: number;
}

/** Sends requests over connections that are kept open, each with one under way; answers are not decoded. */
export async function grpcLoad({ port, requests, connections, seconds }: GrpcLoad): Promise<LoadResult> {
  const encoded = requests.map(requestSerialize);
  const times: number[] = [];
  const started = performance.now();
  const end = started + seconds * 1000;
  const clients = Array.from(
    { length: connections },
    () =>
      new GRPCInferenceService(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
        'grpc.use_local_subchannel_pool': 1, // a connection of its own, so that several processes get some
      }),
  );
  const keepAsking = async (client: (typeof clients)[number], first: number): Promise<void> => {
    for (let next = first, sent = performance.now(); sent < end; next++, sent = performance.now()) {
      const request = encoded[next % encoded.length]!;
      await new Promise<void>((resolve, reject) => {
        client.makeUnaryRequest(path, asTheyAre, asTheyAre, request, (error) => (error ? reject(error) : resolve()));
      });
      times.push(performance.now() - sent);
    }
    client.close();
  };
  await Promise.all(clients.map(keepAsking));
  return resultOf(times, (performance.now() - started) / 1000);
}
