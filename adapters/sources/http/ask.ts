import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { askWithin, type HttpAnswer } from '../../http/client.ts';
import { retryAfterOf } from '../../http/retry-after.ts';
import type { Api } from './api.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** How to request a page of an API. */
export interface Manners {
  /** How often to try before it counts as unreachable; the activity retries later. */
  tries: number;
  timeoutMs: number;
  /** The first pause; each is about twice the previous one, up to the longest. */
  pauseMs: number;
  longestPauseMs: number;
}
export const usualManners: Manners = { tries: 5, timeoutMs: 60_000, pauseMs: 500, longestPauseMs: 30_000 };

const MOST_BYTES = 32 * 1024 * 1024;

/** A failure that another try can resolve. */
class Trouble extends Error {
  /** The pause that the API requests, in milliseconds. */
  readonly retryAfter: number | null;
  constructor(said: string, retryAfter: number | null = null, options?: ErrorOptions) {
    super(said, options);
    this.retryAfter = retryAfter;
  }
}

/** Retries until there is an answer or the tries are used up; returns the answer's JSON. */
export async function ask(
  api: Api,
  query: Record<string, string>,
  { tries, pauseMs, longestPauseMs, timeoutMs }: Manners,
  signal?: AbortSignal,
): Promise<unknown> {
  for (let tried = 1; ; tried++) {
    try {
      return await askOnce(api, query, timeoutMs, signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Trouble)) throw error;
      // Jitter keeps clients that failed together from retrying together.
      const pause = error.retryAfter ?? Math.min(longestPauseMs, pauseMs * 2 ** (tried - 1) * (0.5 + Math.random()));
      if (tried >= tries || pause > longestPauseMs) throw unreachable(api, error, tried);
      await sleep(pause, undefined, signal && { signal });
    }
  }
}

const unreachable = (api: Api, error: Trouble, tried: number): UserError =>
  new UserError(
    'SOURCE_UNREACHABLE',
    `Cannot read ${api.where}: ${error.message}${tried > 1 ? `, after ${tried} tries` : ''}. Check that this ` +
      `machine can reach the API, and the value of ${api.connection}.`,
    { cause: error },
  );

async function askOnce(
  api: Api,
  query: Record<string, string>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  // Not AbortSignal.any and timeout: in Node 20 the garbage collector can take one from the other.
  const leave = new AbortController();
  const stop = (): void => leave.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop);
  const timer = setTimeout(() => leave.abort(new Trouble(`it did not answer within ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    const request = { headers: api.headers, signal: leave.signal, most: MOST_BYTES };
    const answer = await askWithin(api.client, api.url(query), request);
    if (answer.status >= 200 && answer.status < 300) return parse(answer, api);
    throw refusal(answer, api);
  } catch (error) {
    if (leave.signal.aborted) throw leave.signal.reason;
    if (error instanceof UserError || error instanceof Trouble) throw error;
    throw new Trouble(messageOf(error), null, { cause: error }); // a network error
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

function parse({ body, whole, kind }: HttpAnswer, api: Api): unknown {
  if (!whole)
    throw new UserError(
      'SOURCE_ANSWER_INVALID',
      `${api.where} sends more than ${MOST_BYTES / 1024 / 1024} MB for one page. Make it respect "limit", or declare a ` +
        'smaller source.pageSize.',
    );
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new UserError(
      'SOURCE_ANSWER_INVALID',
      `${api.where} answers with ${kind} that is not JSON. Check the declared path and the value of ${api.connection}.`,
      { cause: error },
    );
  }
}

/** The error for an answer that is not a page. It repeats nothing of the answer, which can hold anything. */
function refusal(answer: HttpAnswer, api: Api): Error {
  const { status, said: words, kind } = answer;
  const said = `it answers ${words}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return new Trouble(said, retryAfterOf(answer));
  if (status === 401 || status === 403)
    return new UserError(
      'SOURCE_FORBIDDEN',
      `${api.where} cannot be read: ${said}. ` +
        (api.token ? `Check the value of ${api.token}.` : `If it needs a token, declare token: env('...').`),
    );
  if (status === 404 || status === 410)
    return new UserError(
      'SOURCE_PATH_MISSING',
      `There is no ${api.where}: ${said}. Check the declared path and the value of ${api.connection}, to which the ` +
        'path is appended.',
    );
  return new UserError(
    'SOURCE_ANSWER_INVALID',
    `${api.where} rejects the request: ${said}, with ${kind}. Perennial sent from, to, limit and cursor; send them by ` +
      'hand to see why.',
  );
}
