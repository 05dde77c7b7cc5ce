import type { Config } from '../../../core/base/settings/config.ts';
import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { connectionOptions } from './connection-options.ts';
import { traceCalls } from '../traces.ts';
import {
  Client,
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';

type Settings = Config['temporal'];

export function temporalUnreachable({ address, namespace }: Settings, error: unknown): UserError {
  return new UserError(
    'TEMPORAL_UNREACHABLE',
    `Temporal at ${address} (namespace ${namespace}) does not answer: ${saidOf(error)}. ` +
      'Start it, or check TEMPORAL_ADDRESS, TEMPORAL_TLS and TEMPORAL_API_KEY.',
    { cause: error },
  );
}

/** A connection that opens with the first call. gRPC checks certificate and key at once. */
export function connectLazily(options: ConnectionOptions): Connection {
  try {
    return Connection.lazy(options);
  } catch (cause) {
    throw new UserError(
      'CONFIG_INVALID',
      `The certificate and the key for Temporal cannot be used: ${messageOf(cause)}. Give files in PEM that belong ` +
        'together as TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.',
      { cause },
    );
  }
}

type TemporalClient = Client & { connection: Connection };

/**
 * A client that connects with its first call, so work without Temporal needs none. You can close it during calls: the
 * SDK's own client would retry them on the closed channel, in a timer, and crash the process.
 */
export async function createTemporalClient(settings: Settings): Promise<TemporalClient> {
  const retries = defaultGrpcRetryOptions();
  let closing = false;
  let lastRetry = 0;
  const retrying = makeGrpcRetryInterceptor({
    retryableDecider: (attempt, status) => !closing && retries.retryableDecider(attempt, status),
    delayFunction(attempt, status) {
      const delay = retries.delayFunction(attempt, status);
      lastRetry = Math.max(lastRetry, Date.now() + delay);
      return delay;
    },
  });
  const options = await connectionOptions(settings);
  const connection = connectLazily({ ...options, connectTimeout: 5_000, interceptors: [retrying] });
  const close = connection.close.bind(connection);
  connection.close = async () => {
    closing = true;
    // A retry with a running timer still finds the channel open, and is the last.
    if (lastRetry > Date.now()) await sleep(lastRetry - Date.now() + 10);
    await close();
  };
  const interceptors = { workflow: [traceCalls] };
  return Object.assign(new Client({ connection, namespace: settings.namespace, interceptors }), { connection });
}

/** Calls Temporal; throws TEMPORAL_UNREACHABLE when it does not answer. */
export async function callTemporal<T>(settings: Settings, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // An error with a code keeps its words.
    const unanswered = isConnectionError(error) && !(error instanceof UserError);
    throw unanswered ? temporalUnreachable(settings, error) : error;
  }
}

/** Whether an error means no answer, rather than a refusal. */
export const isConnectionError = (error: unknown): boolean => [UNAVAILABLE, DEADLINE_EXCEEDED].includes(codeOf(error));

const UNAVAILABLE = 14;
const DEADLINE_EXCEEDED = 4;

/** Temporal's message, or gRPC's about the connection, without gRPC's prefix. */
export const saidOf = (error: unknown): string =>
  causeOf(error).details.replace(/\.? Resolution note: $/, '') || messageOf(error);

/** The gRPC status of an error or of what caused it; -1 when there is none. */
export const codeOf = (error: unknown): number => causeOf(error).code;

/** gRPC's message and status beneath an error; -1 without one. */
export function causeOf(error: unknown): { code: number; details: string } {
  const { code, details, cause } = error as { code?: unknown; details?: unknown; cause?: unknown };
  if (typeof code === 'number') return { code, details: typeof details === 'string' ? details : '' };
  return cause === undefined || cause === null || cause === error ? { code: -1, details: '' } : causeOf(cause);
}
