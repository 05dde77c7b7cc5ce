import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

export type Answer = (
  query: Record<string, string>,
  response: ServerResponse,
  request: IncomingMessage,
) => void | Promise<void>;

/** An API on this machine that answers by the letter of a test, and keeps what it was asked. */
export interface ScriptedApi {
  url: string;
  asked: Record<string, string>[];
  /** How many questions somebody waits to be answered now. */
  waiting(): number;
  close(): Promise<void>;
}

export async function scriptedApi(answer: Answer): Promise<ScriptedApi> {
  const asked: Record<string, string>[] = [];
  let waiting = 0;
  const server = createServer((request, response) => {
    const query = Object.fromEntries(new URL(request.url!, 'http://api').searchParams);
    asked.push(query);
    waiting++;
    response.on('close', () => waiting--);
    void answer(query, response, request);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    waiting: () => waiting,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

export const say = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  void response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(typeof body === 'string' ? body : JSON.stringify(body));

/** Pages of rows by a cursor that is their offset. */
export const paged =
  (rows: unknown[]): Answer =>
  ({ cursor, limit }, response) => {
    const start = Number(cursor ?? 0);
    const end = start + Number(limit);
    say(response, 200, { data: rows.slice(start, end), next: end < rows.length ? end : null });
  };
