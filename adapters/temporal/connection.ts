import type { Config } from '../../core/base/config.ts';
import { messageOf, UserError } from '../../core/base/errors.ts';
import { connectionOptions } from './connection-options.ts';
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

/** A connection that is made with the first call. gRPC looks at once whether certificate and key can be used. */
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
 * A client that connects with its first call, so that what needs no Temporal works without one. It may be closed while
 * calls are under way: the SDK's own would try them again on the closed channel, in a timer, and end the process.
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
    // A retry that has its timer already finds the channel open, and is the last.
    if (lastRetry > Date.now()) await sleep(lastRetry - Date.now() + 10);
    await close();
  };
  return Object.assign(new Client({ connection, namespace: settings.namespace }), { connection });
}

/** Calls Temporal; when nobody answers, says so in words. */
export async function callTemporal<T>(settings: Settings, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // One that was put into words already keeps them.
    const unanswered = isConnectionError(error) && !(error instanceof UserError);
    throw unanswered ? temporalUnreachable(settings, error) : error;
  }
}

/** Whether an error means that nobody answered, rather than that the answer was no. */
export const isConnectionError = (error: unknown): boolean => [UNAVAILABLE, DEADLINE_EXCEEDED].includes(codeOf(error));

const UNAVAILABLE = 14;
const DEADLINE_EXCEEDED = 4;

/** What Temporal said of it, or gRPC of the way to it, without what gRPC adds. */
export const saidOf = (error: unknown): string =>
  causeOf(error).details.replace(/\.? Resolution note: $/, '') || messageOf(error);

/** The gRPC status of an error or of what caused it; -1 when there is none. */
export const codeOf = (error: unknown): number => causeOf(error).code;

/** What gRPC said beneath an error, with its status; -1 when it said nothing. */
export function causeOf(error: unknown): { code: number; details: string } {
  const { code, details, cause } = error as { code?: unknown; details?: unknown; cause?: unknown };
  if (typeof code === 'number') return { code, details: typeof details === 'string' ? details : '' };
  return cause === undefined || cause === null || cause === error ? { code: -1, details: '' } : causeOf(cause);
}
