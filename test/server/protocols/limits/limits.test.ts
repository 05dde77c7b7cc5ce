import { usualWork } from '../../../../server/protocols/limits/shedding.ts';
import { usualConnections } from '../../../../server/protocols/limits/connections.ts';
import { Scene } from '../../../console/fakes.ts';
import { aRow, aServer, aServingWorld, cleanUp, predict, until } from '../../fakes.ts';
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

type Server = Awaited<ReturnType<typeof aServer>>;

describe('a busy server', () => {
  afterEach(cleanUp);

  const metric = async ({ app }: Server, name: string): Promise<number> =>
    Number(new RegExp(`^${name} (\\d+)$`, 'm').exec((await app.inject('/metrics')).body)?.[1] ?? NaN);
  const portOf = async ({ app }: Server): Promise<number> =>
    Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
  const head = (bytes: number): string =>
    `POST /predict/fraud HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${bytes}\r\n\r\n`;

  /** A request whose body does not come yet. */
  async function halfARequest(port: number, bytes = 100): Promise<Socket> {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write(head(bytes));
    await once(socket, 'connect');
    return socket;
  }

  it('refuses one request more than it takes at a time, says when to try again, and answers probes', async () => {
    const server = await aServer(aServingWorld(), { work: { ...usualWork, requests: 2 } });
    const port = await portOf(server);
    const held = [await halfARequest(port), await halfARequest(port)];
    await until(async () => (await metric(server, 'perennial_requests_in_flight')) === 2, 'both are under way');
    const refused = await server.app.inject({ method: 'POST', url: '/predict/fraud', payload: aRow() });
    assert.deepEqual([refused.statusCode, refused.headers['retry-after']], [503, '1']);
    assert.equal(refused.json().error.code, 'SERVER_BUSY');
    assert.equal((await server.app.inject('/health/ready')).statusCode, 200);
    assert.equal(await metric(server, 'perennial_requests_shed_total{reason="requests"}'), 1);
    for (const socket of held) socket.destroy();
    await until(async () => (await metric(server, 'perennial_requests_in_flight')) === 0, 'their callers are gone');
    for (let i = 0; i < 5; i++) assert.equal((await predict(server)).status, 200);
    assert.equal(await metric(server, 'perennial_requests_in_flight'), 0);
  });

  it('refuses bodies that exceed what it takes at a time, but never a single body', async () => {
    const server = await aServer(aServingWorld(), { work: { ...usualWork, bytes: 150 } });
    const port = await portOf(server);
    const rows = { rows: [aRow(), aRow(), aRow()] };
    assert.equal((await predict(server, rows)).status, 200);
    const held = await halfARequest(port);
    await until(async () => (await metric(server, 'perennial_requests_in_flight')) === 1, 'one is under way');
    assert.equal((await predict(server, rows)).body.error.code, 'SERVER_BUSY');
    held.destroy();
  });

  it('refuses requests while its event loop runs late', async () => {
    const server = await aServer(aServingWorld(), { work: { ...usualWork, lateMs: -1 } });
    await until(async () => (await predict(server)).status === 503, 'the lateness is measured');
    assert.ok((await metric(server, 'perennial_requests_shed_total{reason="late"}')) >= 1);
  });

  it('forgets requests that wait behind one that ends their connection', async () => {
    const server = await aServer(aServingWorld());
    const socket = connect(await portOf(server), '127.0.0.1')
      .on('error', () => undefined)
      .resume();
    const row = JSON.stringify(aRow());
    socket.write(`${head(1)}{${`${head(row.length)}${row}`.repeat(20)}`);
    await once(socket, 'close');
    await until(async () => (await metric(server, 'perennial_requests_in_flight')) === 0, 'nothing is under way');
  });

  it('closes one connection more than it takes at once, and counts it', async () => {
    const server = await aServer(aServingWorld(), { connections: { ...usualConnections, most: 1 } });
    const port = await portOf(server);
    const first = await halfARequest(port);
    await until(async () => (await metric(server, 'perennial_connections')) === 1, 'the first is open');
    const second = connect(port, '127.0.0.1').on('error', () => undefined);
    await once(second, 'close');
    assert.equal(await metric(server, 'perennial_connections_dropped_total'), 1);
    first.destroy();
  });

  for (const [what, sent] of [
    ['headers', 'POST /predict/fraud HTTP/1.1\r\nhost: localhost\r\n'],
    ['body', `${head(100)}{"amo`],
  ] as const)
    it(`answers 408 to a caller that does not end its ${what} in time, and forgets it`, async () => {
      const connections = { ...usualConnections, headersMs: 100, requestMs: 200 };
      const server = await aServer(aServingWorld(), { connections });
      const socket = connect(await portOf(server), '127.0.0.1').on('error', () => undefined);
      let answer = '';
      socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
      socket.write(sent);
      await once(socket, 'close');
      assert.match(
        answer,
        /^HTTP\/1\.1 408 Request Timeout\r\n[\s\S]*{"error":{"code":"REQUEST_INVALID","message":".*in time/,
      );
      await until(async () => (await metric(server, 'perennial_requests_in_flight')) === 0, 'nothing is under way');
    });
});

describe('a web page of another origin', () => {
  afterEach(cleanUp);
  const page = 'https://app.example.com';
  const ask = (server: Server, method: 'OPTIONS' | 'POST' | 'GET', url: string, headers: Record<string, string>) =>
    server.app.inject({ method, url, headers, ...(method === 'POST' && { payload: aRow() }) });
  const preflight = (origin: string) => ({ origin, 'access-control-request-method': 'POST' });

  it('may ask for predictions with a key when its origin is listed, and no other page may', async () => {
    const server = await aServer(aServingWorld(), { keys: ['first'], origins: [page] });
    const allowed = await ask(server, 'OPTIONS', '/predict/fraud', preflight(page));
    assert.equal(allowed.statusCode, 204);
    assert.equal(allowed.headers['access-control-allow-origin'], page);
    assert.match(String(allowed.headers['access-control-allow-headers']), /authorization, content-type/);
    const answer = await ask(server, 'POST', '/predict/fraud', { origin: page, authorization: 'Bearer first' });
    assert.deepEqual([answer.statusCode, answer.headers['access-control-allow-origin']], [200, page]);
    const keyless = await ask(server, 'POST', '/predict/fraud', { origin: page });
    assert.deepEqual([keyless.statusCode, keyless.headers['access-control-allow-origin']], [401, page]);
    for (const origin of ['https://evil.example', 'https://app.example.com.evil.example', 'null']) {
      const refused = await ask(server, 'OPTIONS', '/predict/fraud', preflight(origin));
      assert.equal(refused.headers['access-control-allow-origin'], undefined, origin);
      assert.notEqual(refused.statusCode, 204);
    }
  });

  it('may call nothing of the console, and nothing at all unless origins are listed', async () => {
    const listed = await aServer(aServingWorld(), { operations: new Scene().door(), origins: [page] });
    for (const url of ['/', '/actions/promote', '/metrics', '/pipelines/fraud']) {
      const { headers } = await ask(listed, 'OPTIONS', url, preflight(page));
      assert.equal(headers['access-control-allow-origin'], undefined, url);
    }
    const closed = await aServer(aServingWorld());
    const { headers } = await ask(closed, 'POST', '/predict/fraud', { origin: page });
    assert.equal(headers['access-control-allow-origin'], undefined);
  });
});
