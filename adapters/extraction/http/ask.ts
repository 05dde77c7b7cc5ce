import { messageOf, UserError } from '../../../core/errors.ts';
import { type Api } from './api.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** How an API is asked for a page. */
export interface Manners {
  /** How often, before it counts as unreachable; the activity tries again later. */
  tries: number;
  timeoutMs: number;
  /** The first pause; each is about twice the one before, and none is longer than the longest. */
  pauseMs: number;
  longestPauseMs: number;
}
export const usualManners: Manners = { tries: 5, timeoutMs: 60_000, pauseMs: 500, longestPauseMs: 30_000 };

const MOST_BYTES = 128 * 1024 * 1024;

/** What another try may mend. */
class Trouble extends Error {
  /** What the API asks for, in milliseconds. */
  readonly retryAfter: number | null;
  constructor(said: string, retryAfter: number | null = null, options?: ErrorOptions) {
    super(said, options);
    this.retryAfter = retryAfter;
  }
}

/** Asks until there is an answer or patience is at its end; returns the answer's JSON. */
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
      // Chance keeps those who failed together from coming back together.
      const pause = error.retryAfter ?? Math.min(longestPauseMs, pauseMs * 2 ** (tried - 1) * (0.5 + Math.random()));
      if (tried >= tries || pause > longestPauseMs) throw unreachable(api, error, tried);
      await sleep(pause, undefined, signal && { signal });
    }
  }
}

const unreachable = (api: Api, error: Trouble, tried: number): UserError =>
  new UserError(
    'SOURCE_UNREACHABLE',
    `Cannot read ${api.where}: ${error.message}${tried > 1 ? `, after ${tried} tries` : ''}. Check that the API is ` +
      `reached from here, and the value of ${api.connection}.`,
    { cause: error },
  );

async function askOnce(
  api: Api,
  query: Record<string, string>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  // Not AbortSignal.any and timeout: in Node 20 the one may lose the other to the garbage collector.
  const leave = new AbortController();
  const stop = (): void => leave.abort(signal?.reason);
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop);
  const timer = setTimeout(() => leave.abort(new Trouble(`it did not answer within ${timeoutMs / 1000} s`)), timeoutMs);
  try {
    const response = await fetch(api.url(query), { headers: api.headers, signal: leave.signal });
    const body = await readBody(response, api);
    if (response.ok) return parse(body, response, api);
    throw refusal(response, api, body);
  } catch (error) {
    if (leave.signal.aborted) throw leave.signal.reason;
    // fetch and its stream fail with TypeError, whatever happened on the wire.
    if (error instanceof TypeError) throw new Trouble(saidBy(error), null, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

async function readBody(response: Response, { where }: Api): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).length;
    if (bytes > MOST_BYTES)
      throw new UserError(
        'SOURCE_ANSWER_INVALID',
        `${where} sends more than ${MOST_BYTES / 1024 / 1024} MB for one page. Let it keep to "limit", or declare a ` +
          'smaller source.pageSize.',
      );
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parse(body: string, response: Response, api: Api): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    const type = response.headers.get('content-type') ?? 'no content-type';
    throw new UserError(
      'SOURCE_ANSWER_INVALID',
      `${api.where} answers with ${type} that is not JSON: ${beginning(body, api)}. Check the declared path and the ` +
        `value of ${api.connection}.`,
      { cause: error },
    );
  }
}

function refusal(response: Response, api: Api, body: string): Error {
  const { status } = response;
  const said = `it answers ${status}${response.statusText ? ` ${response.statusText}` : ''}`;
  if (status === 408 || status === 425 || status === 429 || status >= 500)
    return new Trouble(said, retryAfter(response.headers.get('retry-after')));
  if (status === 401 || status === 403)
    return new UserError(
      'SOURCE_FORBIDDEN',
      `${api.where} may not be read: ${said}. ` +
        (api.token
          ? `Check the value of ${api.token}.`
          : `Give it a token, if it wants one: declare token: env('...').`),
    );
  if (status === 404 || status === 410)
    return new UserError(
      'SOURCE_PATH_MISSING',
      `There is no ${api.where}: ${said}. Check the declared path and the value of ${api.connection}, which the path ` +
        'is put after.',
    );
  return new UserError(
    'SOURCE_ANSWER_INVALID',
    `${api.where} does not take the question: ${said}, with ${beginning(body, api)}. It was asked with from, to, limit ` +
      'and cursor.',
  );
}

const beginning = (body: string, api: Api): string => {
  const text = api.hide(body).replaceAll(/\s+/g, ' ').trim();
  return text === '' ? 'nothing' : JSON.stringify(text.length > 160 ? `${text.slice(0, 160)}...` : text);
};

/** Seconds, or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfter(header: string | null): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

/** "fetch failed" says nothing; its cause does, and that of a host of two addresses has one for each. */
function saidBy(error: Error): string {
  const { cause } = error;
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join('; ');
  return cause instanceof Error && cause.message !== '' ? cause.message : error.message;
}
