import { SECOND } from '../../../core/time/time.ts';
import { type ErrorAnswer } from '../errors.ts';
import { type FastifyHttpOptions, type FastifyInstance } from 'fastify';
import { type IncomingMessage, STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';
import { Counter, Gauge, type Registry } from 'prom-client';

/** What a process lets callers take of its connections. */
export interface ConnectionLimits {
  /** Open at a time; one more is closed at once. */
  most: number;
  /** From the first byte of a request to the end of its headers, and to its end. */
  headersMs: number;
  requestMs: number;
}

export const usualConnections: ConnectionLimits = { most: 10_000, headersMs: 10 * SECOND, requestMs: 60 * SECOND };

/** Longer than balancers keep idle connections (60 s), so that they and not we close them. */
const IDLE_MS = 72 * SECOND;
/** Then a connection is opened anew, and by that dealt to another process. */
const REQUESTS_OF_A_CONNECTION = 100_000;

const problems: Record<string, { status: number; message: string }> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, message: 'The request did not arrive in time. Send it faster.' },
  HPE_HEADER_OVERFLOW: { status: 431, message: 'The headers are larger than 16 KB. Send smaller ones.' },
};
/** Those that bring a body which may take longer than other requests. */
const takeTime = new WeakSet<Socket>();

/** Lets this request take as long as it likes; what is left of it after its answer has so long to come. */
export function letTakeTime(request: IncomingMessage, response: ServerResponse, leftMs: number): void {
  const { socket } = request;
  takeTime.add(socket);
  response.once('close', () => {
    takeTime.delete(socket);
    if (!request.complete) setTimeout(() => request.complete || request.destroy(), leftMs).unref();
  });
}

const notHttp = { status: 400, message: 'This is not a request of HTTP/1.1.' };

/** Fastify's options for these limits. */
export function connectionOptions({ headersMs, requestMs }: ConnectionLimits) {
  return {
    keepAliveTimeout: IDLE_MS,
    maxRequestsPerSocket: REQUESTS_OF_A_CONNECTION,
    requestTimeout: requestMs,
    http: { headersTimeout: headersMs, connectionsCheckingInterval: Math.min(SECOND, headersMs / 2) },
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => {
      if (error.code === 'ECONNRESET' || socket.destroyed) return;
      if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' && takeTime.has(socket)) return;
      const { status, message } = problems[error.code ?? ''] ?? notHttp;
      if (socket.writable) socket.write(rawAnswer(status, message));
      socket.destroy(error);
    },
  } satisfies FastifyHttpOptions<Server>;
}

function rawAnswer(status: number, message: string): string {
  const body = JSON.stringify({ error: { code: 'REQUEST_INVALID', message } } satisfies ErrorAnswer);
  const headers = ['content-type: application/json', `content-length: ${body.length}`, 'connection: close'];
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers, '', body].join('\r\n');
}

/** Bounds the open connections, and counts them. */
export function limitConnections(app: FastifyInstance, registry: Registry, { most }: ConnectionLimits): void {
  const registers = [registry];
  const dropped = new Counter({
    name: 'perennial_connections_dropped_total',
    help: 'Connections closed at once because too many were open.',
    registers,
  });
  new Gauge({
    name: 'perennial_connections',
    help: 'Open connections.',
    registers,
    async collect() {
      this.set(await new Promise<number>((resolve) => app.server.getConnections((_error, count) => resolve(count))));
    },
  });
  app.server.maxConnections = most;
  app.server.on('drop', () => dropped.inc());
}
