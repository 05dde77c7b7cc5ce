import { type Config } from '../../../core/base/settings/config.ts';
import { answer } from './greeting-server.ts';
import { once } from 'node:events';
import { connect, createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo } from 'node:net';

/** How a question is refused. */
export interface Refusal {
  status: number;
  words: string;
}

/** A way to a Temporal on which some questions are refused or held up, as by one that has only just started. */
export async function reluctantTemporal(
  to: Config['temporal'],
  refuse: (method: string) => Refusal | null | Promise<Refusal | null>,
) {
  const upstream = connect(`http://${to.address}`);
  const server = createServer();
  const pass = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void => {
    const question = upstream.request({ ...headers, ':authority': to.address });
    question.on('error', () => stream.close());
    stream.on('close', () => question.close());
    question.on('response', (told) =>
      told['grpc-status'] === undefined
        ? stream.respond(told, { waitForTrailers: true })
        : stream.respond(told, { endStream: true }),
    );
    let trailers: IncomingHttpHeaders = {};
    question.on('trailers', (told) => (trailers = told));
    stream.on('wantTrailers', () => stream.sendTrailers(trailers));
    stream.pipe(question).pipe(stream);
  };
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined); // the caller is gone
    void (async () => {
      const refusal = await refuse(headers[':path']!.split('/').at(-1)!);
      if (stream.destroyed) return;
      if (refusal) answer(stream.resume(), refusal.status, refusal.words);
      else pass(stream, headers);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    settings: { ...to, address: `127.0.0.1:${(server.address() as AddressInfo).port}` },
    close(): void {
      upstream.destroy();
      server.close();
    },
  };
}
