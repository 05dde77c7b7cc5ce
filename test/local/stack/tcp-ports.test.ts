import { start } from '../../support/processes/programs.ts';
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { type UserError } from '../../../core/base/errors/errors.ts';
import { freePort, returnPort } from '../../../local/stack/tcp-ports.ts';

const listen = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });

describe('a free port', () => {
  let base: number;
  const servers: Server[] = [];
  const taken: number[] = [];
  const ask = async (...args: Parameters<typeof freePort>) => {
    const found = await freePort(...args);
    taken.push(found.port);
    return found;
  };

  before(async () => {
    base = (await freePort(23_000, { upTo: 29_000 })).port;
    returnPort(base);
  });
  afterEach(async () => {
    for (const port of taken.splice(0)) returnPort(port);
    await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))));
  });

  it('is the preferred one when it is free', async () => {
    assert.deepEqual(await ask(base), { port: base, moved: false });
  });

  it('is the next one up when another program listens there', async () => {
    servers.push(await listen(base));
    const found = await ask(base);
    assert.ok(found.port > base);
    assert.equal(found.moved, true);
  });

  it('is never given to two callers', async () => {
    const found = await Promise.all([ask(base), ask(base), ask(base)]);
    found.push(await ask(base)); // though nobody listens yet on what was given before
    assert.equal(new Set(found.map(({ port }) => port)).size, 4);
  });

  it('is never given to two processes, even before the first one listens', async () => {
    const asking = [
      "import { freePort } from './local/stack/tcp-ports.ts';",
      `process.stderr.write(\`port \${(await freePort(${base})).port}\\n\`);`,
      'setInterval(() => {}, 1000);',
    ];
    const other = start(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', asking.join('')]);
    await other.says(`port ${base}`);
    assert.ok((await ask(base)).port > base);
    other.child.kill('SIGKILL');
    await other.ended;
    assert.equal((await ask(base)).port, base, 'a claim ends with its process');
  });

  it('is not one that is reserved for something else', async () => {
    const found = await ask(base, { reserved: [base] });
    assert.notEqual(found.port, base);
  });

  it('is available again once it was given back', async () => {
    returnPort((await ask(base)).port);
    assert.equal((await ask(base)).port, base);
  });

  it('is refused with the range and what to do when all are taken', async () => {
    servers.push(await listen(base));
    await assert.rejects(ask(base, { upTo: base }), (error: UserError) => {
      assert.equal(error.code, 'NO_FREE_PORT');
      assert.equal(
        error.message,
        `No port from ${base} to ${base} on 127.0.0.1 is free. Stop a program that uses one, or choose another port.`,
      );
      return true;
    });
  });

  it('is refused on an address that is not this machine', async () => {
    await assert.rejects(ask(base, { host: '192.0.2.1' }), { code: 'NO_FREE_PORT', message: /192\.0\.2\.1/ });
  });
});
