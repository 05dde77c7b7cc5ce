import { UserError, type ErrorCode } from '../../../core/base/errors/errors.ts';
import { within } from '../../../core/time/time-limit.ts';
import { SECOND } from '../../../core/time/time.ts';
import { type Caller } from '../../access/callers.ts';
import { admit } from '../../access/guard.ts';
import { type KeyRing } from '../../access/key-ring.ts';
import { type Log } from '../../shipping/spool.ts';
import { BODY_LIMIT } from '../limits/body.ts';
import { describeError, refusalOf } from '../errors.ts';
import { type Refusal } from '../../../core/alerts/rules/refusals.ts';
import { FRESHNESS_HEADER, type Freshness } from '../../serving/freshness.ts';
import { beginSpan } from '../traces.ts';
import { answerMessage, tensorsIn, type InferRequestMessage } from './grpc-messages.ts';
import { infer } from './infer.ts';
import { configOf, indexOf, isReady, metadataOf, modelOf, serverMetadata } from './model.ts';
import { type InferenceParts } from './rest.ts';
import grpc, { type ServerUnaryCall, type ServiceDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';

export interface GrpcParts extends InferenceParts {
  /** null: no keys are set. */
  ring: KeyRing | null;
  /** Counts a request; throws when it is one too many. */
  limit(caller: Caller, address: string): Promise<void>;
  /** Begins work that counts in what a process takes at a time, and returns its end; throws when it is too much. */
  beginWork(): () => void;
  freshness: Freshness;
  log: Log;
}

/** The Open Inference Protocol over gRPC. */
export interface GrpcServer {
  /** Resolves to the port. */
  listen(host: string, port: number): Promise<number>;
  /** Finishes calls under way, if they take no longer than they may. */
  close(): Promise<void>;
}

const LAST_CALLS_MS = 3 * SECOND;
const PORT = /:\d+$/;
const SERVICE = 'inference.GRPCInferenceService';
const protoFile = fileURLToPath(new URL('inference.proto', import.meta.url));

export function createGrpcServer(parts: GrpcParts): GrpcServer {
  grpc.setLogVerbosity(grpc.logVerbosity.NONE); // every failure reaches a callback, and our log what it should hold
  const server = new grpc.Server({ 'grpc.max_receive_message_length': BODY_LIMIT });
  const service = loadSync(protoFile, { keepCase: true, longs: String, enums: String, defaults: true })[SERVICE];
  server.addService(service as ServiceDefinition, handlersOf(parts));
  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
        server.bindAsync(address, grpc.ServerCredentials.createInsecure(), (error, bound) => {
          if (!error) return resolve(bound);
          const message = `Nothing can listen for gRPC on ${address}: ${error.message}. Choose another PERENNIAL_GRPC_PORT.`;
          reject(new UserError('NO_FREE_PORT', message, { cause: error }));
        });
      }),
    async close() {
      const calls = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
      await within(LAST_CALLS_MS, 'finishing calls', calls).catch(() => server.forceShutdown());
    },
  };
}

interface Named {
  name: string;
  version: string;
}

function handlersOf(parts: GrpcParts) {
  const { answering, models, metrics, draining } = parts;
  const { open, needed } = methodsOf(parts);
  const find = ({ name, version }: Named) => modelOf(answering, name, version);
  return {
    ServerLive: open(() => ({ live: true })),
    ServerReady: open(() => ({ ready: isReady(models, draining) })),
    ServerMetadata: needed(() => serverMetadata),
    ModelReady: needed((asked: Named) => ({ ready: canAnswer(() => find(asked)) })),
    ModelMetadata: needed((asked: Named) => metadataOf(find(asked))),
    ModelConfig: needed((asked: Named) => ({ config: configOf(find(asked)) })),
    RepositoryIndex: needed(() => ({ models: indexOf(models) })),
    ModelInfer: needed(
      async (request: InferRequestMessage, call) => {
        const { model_name: model, model_version: version, outputs } = request;
        call.served = modelOf(answering, model, version).serving.champion.model.version;
        const tensors = tensorsIn(request);
        const inferred = await infer(answering, { model, version, tensors, outputs: outputs.map(({ name }) => name) });
        return answerMessage(request, inferred);
      },
      ({ model_name: model }, { served, started, refusal }, status) => {
        const seconds = (performance.now() - started) / SECOND;
        metrics.answered(models.get(model) ? model : 'unknown', served, status, seconds, refusal);
      },
    ),
  };
}

/** A call as its metrics see it. */
interface Call {
  /** The champion that it met; null while none has. */
  served: number | null;
  started: number;
  /** Why its rows were refused, if they were and that has a name. */
  refusal: Refusal | null;
}

type Work<Asked> = (request: Asked, call: Call) => unknown;
type Answered<Asked> = (request: Asked, call: Call, status: number) => void;
type Callback = (error: { code: grpc.status; details: string } | null, answer?: unknown) => void;

type AnyCall = ServerUnaryCall<Partial<Named & InferRequestMessage>, unknown>;

function methodsOf({ ring, limit, beginWork, freshness, log }: GrpcParts) {
  /** As the header over HTTP, when it is asked for. */
  function tellFreshness(call: AnyCall): void {
    const { name, model_name: model } = call.request;
    if (call.metadata.get(FRESHNESS_HEADER).length === 0) return;
    const told = freshness(model ?? name ?? '');
    if (told === null) return;
    const metadata = new grpc.Metadata();
    metadata.set(FRESHNESS_HEADER, told);
    call.sendMetadata(metadata);
  }

  async function admitCall(call: AnyCall): Promise<void> {
    const { name, model_name: model } = call.request;
    const authorization = call.metadata.get('authorization')[0]?.toString();
    const hostname = call.getHost().replace(PORT, '');
    const caller = admit({ authorization, hostname, asked: call.getPath(), pipeline: name ?? model }, ring);
    await limit(caller, call.getPeer().replace(PORT, ''));
  }

  const method =
    (access: 'open' | 'predict') =>
    <Asked extends object>(work: Work<Asked>, answered: Answered<Asked> = () => undefined) =>
    async (call: ServerUnaryCall<Asked, unknown>, callback: Callback): Promise<void> => {
      const one: Call = { served: null, started: performance.now(), refusal: null };
      const span = beginSpan(call.getPath(), call.metadata.getMap(), { 'rpc.system.name': 'grpc' });
      let status = 200;
      let end = (): void => undefined;
      try {
        if (access === 'predict') {
          end = beginWork();
          await admitCall(call as AnyCall);
          tellFreshness(call as AnyCall);
        }
        callback(null, await span.within(() => work(call.request, one)));
      } catch (thrown) {
        const described = describeError(thrown as Error, BODY_LIMIT);
        const { code, message } = described.answer.error;
        if (code === 'INTERNAL') log.error({ err: thrown }, 'a gRPC call failed');
        ({ status } = described);
        one.refusal = refusalOf(thrown);
        callback({ code: codeOf(status), details: message });
      }
      end();
      span.end({ 'rpc.grpc.status_code': status === 200 ? grpc.status.OK : codeOf(status) }, status >= 500);
      answered(call.request, one, status);
    };
  return { open: method('open'), needed: method('predict') };
}

const codeOf = (status: number): grpc.status => codes[status] ?? grpc.status.INTERNAL;

/** By the status that HTTP has for a problem. */
const codes: Record<number, grpc.status> = {
  400: grpc.status.INVALID_ARGUMENT,
  401: grpc.status.UNAUTHENTICATED,
  403: grpc.status.PERMISSION_DENIED,
  404: grpc.status.NOT_FOUND,
  429: grpc.status.RESOURCE_EXHAUSTED,
  503: grpc.status.UNAVAILABLE,
};

const notReady: readonly ErrorCode[] = ['PIPELINE_UNKNOWN', 'MODEL_UNKNOWN', 'NO_CHAMPION'];

/** As with Triton, a model that is not there is not ready, which is no error. */
function canAnswer(find: () => unknown): boolean {
  try {
    find();
    return true;
  } catch (error) {
    if (error instanceof UserError && notReady.includes(error.code)) return false;
    throw error;
  }
}
