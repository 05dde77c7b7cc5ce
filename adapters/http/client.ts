import { UserError } from '../../core/base/errors/errors.ts';
import { checkedLookup, refuseAddress, type Refusal } from './addresses.ts';
import { Agent, type IncomingMessage, request as overHttp, STATUS_CODES } from 'node:http';
import { Agent as SecureAgent, request as overHttps } from 'node:https';
import { createGunzip } from 'node:zlib';

export interface HttpRequest {
  method?: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
  /** The limit on bytes read of an answer, and a few KiB of a refusal. If it is longer, `whole` is false. */
  most: number;
}
export interface HttpAnswer {
  status: number;
  /** "404 Not Found": from the number alone, since the server's own text can hold anything. */
  said: string;
  /** "text/html of 512 bytes": a description without any content. */
  kind: string;
  header(name: string): string | undefined;
  body: string;
  whole: boolean;
}

/** A refusal's content is never repeated; a small one is read to reuse its connection. */
const MOST_OF_A_REFUSAL = 4 * 1024;

export type HttpClient = (url: URL, request: HttpRequest) => Promise<HttpAnswer>;

/** Sends one HTTP request: it follows no redirect, and connects to no refused address. */
export function createHttpClient({ refusal, keepAlive }: { refusal: Refusal | null; keepAlive: boolean }): HttpClient {
  // Clients that refuse the same addresses share connections.
  const options = { keepAlive, ...(refusal && { lookup: checkedLookup(refusal) }) };
  const agents = { 'http:': new Agent(options), 'https:': new SecureAgent(options) };
  return async (url, { method = 'GET', headers, body, signal, most }) => {
    refuseAddress(url, refusal);
    const secure = url.protocol === 'https:';
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const asked = (secure ? overHttps : overHttp)(url, {
        method,
        headers: { 'accept-encoding': 'gzip', ...headers },
        agent: agents[secure ? 'https:' : 'http:'],
        signal,
      });
      asked.on('response', resolve).on('error', reject).end(body);
    });
    const answer = describe(response);
    const took = answer.status >= 200 && answer.status < 300;
    return { ...answer, ...(await read(response, took ? most : Math.min(most, MOST_OF_A_REFUSAL))) };
  };
}

function describe({ statusCode: status = 0, headers }: IncomingMessage): Omit<HttpAnswer, 'body' | 'whole'> {
  const header = (name: string): string | undefined => [headers[name]].flat()[0];
  const type =
    /^[\w.+-]{1,40}\/[\w.+-]{1,60}/.exec(header('content-type') ?? '')?.[0] ?? 'something without a content-type';
  const length = /^\d{1,15}$/.exec(header('content-length') ?? '')?.[0];
  return {
    status,
    said: [status, STATUS_CODES[status]].filter(Boolean).join(' '),
    kind: `${type}${length === undefined ? '' : ` of ${length} bytes`}`,
    header,
  };
}

async function read(response: IncomingMessage, most: number): Promise<Pick<HttpAnswer, 'body' | 'whole'>> {
  const gzipped = response.headers['content-encoding'] === 'gzip';
  const unpacked = gzipped ? response.pipe(createGunzip()) : response;
  if (gzipped) response.on('error', (error) => unpacked.destroy(error));
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of unpacked) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > most) break;
    }
  } finally {
    if (!response.complete) response.destroy(); // nobody needs the rest
  }
  return { body: Buffer.concat(chunks).subarray(0, most).toString('utf8'), whole: bytes <= most };
}

const MOST_REDIRECTS = 5;

/** Like `client`, but it follows redirects within the same origin; credentials go nowhere else. */
export async function askWithin(client: HttpClient, from: URL, request: HttpRequest): Promise<HttpAnswer> {
  let url = from;
  for (let followed = 0; ; followed++) {
    const answer = await client(url, request);
    const location = answer.header('location');
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer;
    const next = URL.canParse(location, url.href) ? new URL(location, url) : null;
    if (next?.origin !== from.origin)
      throw new UserError(
        'SOURCE_ANSWER_INVALID',
        `${from.host} answers ${answer.said} and redirects to ${next ? `another origin, ${next.origin}` : 'no address'}. ` +
          'Perennial does not follow it: credentials and rows are for the declared address only. Set its variable to the ' +
          'final address, with https:// if the redirect leads there.',
      );
    if (followed >= MOST_REDIRECTS)
      throw new UserError(
        'SOURCE_ANSWER_INVALID',
        `${from.host} redirected more than ${MOST_REDIRECTS} times without an answer.`,
      );
    url = next;
  }
}
