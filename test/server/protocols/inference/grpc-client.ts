import grpc, { type ServiceClientConstructor } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';

const proto = fileURLToPath(new URL('../../../../server/protocols/inference/inference.proto', import.meta.url));
const definition = loadSync(proto, { keepCase: true, longs: Number, enums: String, defaults: true });
const { GRPCInferenceService } = grpc.loadPackageDefinition(definition)['inference'] as unknown as {
  GRPCInferenceService: ServiceClientConstructor;
};

export interface GrpcClient {
  /** Rejects with an error that has a code and details. */
  // eslint-disable-next-line typescript/no-explicit-any -- messages are typed by the proto file, which TypeScript cannot read
  ask(method: string, request?: object): Promise<any>;
  /** The metadata that an answer begins with, asked with some of its own. */
  metadataOf(method: string, request: object, sent: Record<string, string>): Promise<Record<string, unknown>>;
  close(): void;
}

/** A client with a connection of its own. */
export function grpcClient(port: number, key?: string): GrpcClient {
  const client = new GRPCInferenceService(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
  });
  const metadata = new grpc.Metadata();
  if (key !== undefined) metadata.set('authorization', `Bearer ${key}`);
  return {
    ask: (method, request = {}) =>
      new Promise((resolve, reject) =>
        client[method]!(request, metadata, (error: Error | null, answer: unknown) =>
          error ? reject(error) : resolve(answer),
        ),
      ),
    metadataOf: (method, request, sent) =>
      new Promise((resolve, reject) => {
        const asked = grpc.Metadata.fromHttp2Headers(sent);
        const call = client[method]!(request, asked, (error: Error | null) => error && reject(error));
        call.on('metadata', (metadata: grpc.Metadata) => resolve(metadata.getMap()));
      }),
    close: () => client.close(),
  };
}
