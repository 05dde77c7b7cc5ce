import { createTemporalClient } from '../../../adapters/temporal/connection.ts';
import { type Config } from '../../../core/config.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo } from 'node:net';

const EMPTY_MESSAGE = Buffer.from([0, 0, 0, 0, 0]);

/** Ends a call with a gRPC status. */
function answer(stream: ServerHttp2Stream, status: number): void {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': String(status) }));
  if (status === 0) stream.write(EMPTY_MESSAGE);
  stream.end();
}

describe('a connection to Temporal', () => {
  let server: Http2Server;
  const sessions = new Set<ServerHttp2Session>();
  afterEach(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  /** A server that greets, and does with all other calls what it is told. */
  async function connected(onCall: (stream: ServerHttp2Stream) => void) {
    server = createServer();
    server.on('session', (session) => sessions.add(session));
    server.on('stream', (stream, headers) =>
      headers[':path']?.endsWith('/GetSystemInfo') ? answer(stream, 0) : onCall(stream),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    return createTemporalClient({ address, namespace: 'default', tls: false } as Config['temporal']);
  }

  // Without care the SDK tries again on the closed channel, in a timer: nobody catches that, and the process ends.
  it('can be closed while a call waits for its answer, which then never comes', async () => {
    let called: () => void;
    const waiting = new Promise<void>((resolve) => (called = resolve));
    const client = await connected(() => called());
    const call = assert.rejects(client.workflow.getHandle('fraud/data').describe());
    await waiting;
    await client.connection.close();
    for (const session of sessions) session.destroy();
    await call;
  });

  it('can be closed while a call is about to be tried again', async () => {
    let calls = 0;
    let failed: () => void;
    const failing = new Promise<void>((resolve) => (failed = resolve));
    const client = await connected((stream) => {
      answer(stream, 14); // unavailable
      if (++calls === 2) stream.on('close', () => failed());
    });
    const call = assert.rejects(client.workflow.getHandle('fraud/data').describe());
    await failing;
    await client.connection.close();
    await call;
    assert.ok(calls <= 4, 'it was not tried to the end');
  });
});
