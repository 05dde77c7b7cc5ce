import { UserError } from '../../../core/base/errors/errors.ts';
import { isLoopback } from './keys.ts';
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';

export interface Address {
  host: string;
  port: number;
}

export interface Guard {
  url: string;
  close(): Promise<void>;
}

/**
 * A proxy in front of a web page of this machine that trusts every visitor. It passes only requests for a name of this
 * machine, so a site that points its own name at 127.0.0.1 reaches nothing; and only the page itself can change
 * anything.
 */
export async function guardPage(port: number, page: Address, host = '127.0.0.1'): Promise<Guard> {
  const server = createServer((request, response) => {
    const refusal = refusalOf(request);
    if (refusal === null) forward(request, response, page);
    else response.writeHead(403, { 'content-type': 'text/plain; charset=utf-8' }).end(`${refusal}\n`);
  });
  await new Promise<void>((listening, failed) => {
    server.once('error', (cause) =>
      failed(
        new UserError('NO_FREE_PORT', `Nothing can listen on port ${port}: ${cause.message}. Choose another.`, {
          cause,
        }),
      ),
    );
    server.listen(port, host, listening);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function refusalOf({ method = '', headers }: IncomingMessage): string | null {
  const { host = '', origin, 'sec-fetch-site': site } = headers;
  if (!isLoopback(host.replace(/:\d+$/, '')))
    return `This page answers only to names of its own machine, not to "${host.slice(0, 100)}". Use 127.0.0.1.`;
  if (method === 'GET' || method === 'HEAD') return null;
  const ours = origin === undefined || origin === `http://${host}`;
  if (ours && (site === undefined || site === 'same-origin')) return null;
  return 'Another site requested this change. Only this page itself may.';
}

function forward(request: IncomingMessage, response: ServerResponse, { host, port }: Address): void {
  const { method, url, headers } = request;
  const onward = ask({ host, port, method, path: url, headers });
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => {
    if (response.headersSent) return void response.destroy();
    response.writeHead(502, { 'content-type': 'text/plain; charset=utf-8' }).end('Temporal does not answer.\n');
  });
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}
