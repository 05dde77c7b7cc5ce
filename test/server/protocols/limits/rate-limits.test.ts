import { Scene } from '../../../console/fakes.ts';
import { aRow, aServer, aServingWorld, cleanUp } from '../../fakes.ts';
import assert from 'node:assert/strict';

describe('rate limits', () => {
  afterEach(cleanUp);

  it('let a key send a set number of predictions per minute, whatever others send, and say when to try again', async () => {
    const server = await aServer(aServingWorld(), { keys: ['first', 'second'], predictionsPerMinute: 2 });
    const ask = (authorization: string) =>
      server.app.inject({ method: 'POST', url: '/predict/fraud', headers: { authorization }, payload: aRow() });
    // However it is spelt, it is the same key.
    const statuses = [];
    for (const sent of ['Bearer first', 'bearer  first', 'Bearer first', 'Bearer second', 'Bearer third'])
      statuses.push((await ask(sent)).statusCode);
    assert.deepEqual(statuses, [200, 200, 429, 200, 401]);
    const refused = await ask('Bearer first');
    const wait = Number(refused.headers['retry-after']);
    assert.ok(wait >= 1 && wait <= 60, String(wait));
    const { code, message } = refused.json().error;
    assert.equal(code, 'TOO_MANY_REQUESTS');
    assert.match(message, /^More than 2 requests came from this caller in a short time\. Try again in \d+ s\.$/);
    // Where nothing else is said, the plugin lets a caller ask a thousand times.
    for (const [url, times] of [
      ['/health', 1_001],
      ['/metrics', 4],
    ] as const)
      for (let i = 0; i < times; i++)
        assert.equal((await server.app.inject({ url, headers: { authorization: 'Bearer first' } })).statusCode, 200);
  });

  it('count by address where no keys are set, and not at all unless asked', async () => {
    const limited = await aServer(aServingWorld(), { predictionsPerMinute: 1 });
    const free = await aServer(aServingWorld());
    const from = async (server: typeof free, remoteAddress: string) =>
      (await server.app.inject({ method: 'POST', url: '/predict/fraud', payload: aRow(), remoteAddress })).statusCode;
    assert.deepEqual(
      [await from(limited, '127.0.0.1'), await from(limited, '127.0.0.2'), await from(limited, '127.0.0.1')],
      [200, 200, 429],
    );
    for (let i = 0; i < 5; i++) assert.equal(await from(free, '127.0.0.1'), 200);
  });

  it('limit how often an address may try keys at the login', async () => {
    const server = await aServer(aServingWorld(), { operations: new Scene().door(), keys: ['first'] });
    const login = (key: string, remoteAddress: string) =>
      server.app.inject({
        method: 'POST',
        url: '/login',
        remoteAddress,
        headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams({ key }).toString(),
      });
    for (let i = 0; i < 20; i++) assert.equal((await login(`guess ${i}`, '10.0.0.1')).statusCode, 401);
    const refused = await login('first', '10.0.0.1');
    assert.equal(refused.statusCode, 429);
    assert.ok(Number(refused.headers['retry-after']) > 0);
    assert.match(String(refused.headers['content-type']), /text\/html/);
    assert.match(refused.body, /Too many requests/);
    assert.equal((await login('first', '10.0.0.2')).statusCode, 303);
  });
});
