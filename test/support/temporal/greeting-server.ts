import { createTemporalClient } from '../../../adapters/temporal/connection/connection.ts';
import { type Config } from '../../../core/base/settings/config.ts';
import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo } from 'node:net';

const EMPTY_MESSAGE = Buffer.from([0, 0, 0, 0, 0]);

/** Ends a call with a gRPC status, and with words about it. */
export function answer(stream: ServerHttp2Stream, status: number, words = ''): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status), 'grpc-message': words }));
  if (status === 0) stream.write(EMPTY_MESSAGE);
  stream.end();
}

/** For each test a server that greets as Temporal does, and does with all other calls what it is told. */
export function greetingServer() {
  let server: Http2Server;
  const sessions = new Set<ServerHttp2Session>();
  const hangUp = (): void => sessions.forEach((session) => session.destroy());
  afterEach(() => {
    hangUp();
    server.close();
  });

  async function connected(onCall: (stream: ServerHttp2Stream) => void) {
    server = createServer();
    server.on('session', (session) => sessions.add(session));
    server.on('stream', (stream, headers) =>
      headers[':path']?.endsWith('/GetSystemInfo') ? answer(stream, 0) : onCall(stream),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const settings = { address, namespace: 'default', installation: 'perennial' } as Config['temporal'];
    return { client: await createTemporalClient(settings), settings };
  }
  return { connected, hangUp };
}
