import { createApiKeys, KEYS_CHANNEL } from '../../../adapters/postgres/access/keys.ts';
import { createFeed } from '../../../adapters/postgres/feed.ts';
import { type KnownKeys } from '../../../core/access/keys.ts';
import { type Actor } from '../../../core/access/actor.ts';
import { createDoor } from '../../../operations/door.ts';
import { createKeys } from '../../../operations/keys.ts';
import { type PredictionServer, type ServerParts } from '../../../server/app.ts';
import { perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { aFolder, aRow, aServer, aServingWorld, cleanUp, stop, until } from '../fakes.ts';
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

describe("a server's stored keys", () => {
  const database = perennialDatabase();
  const closing: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await cleanUp();
    for (const close of closing.splice(0)) await close();
  });

  const ada: Actor = { name: 'ada', from: 'cli', role: 'admin' };
  const keys = () =>
    createDoor({ keys: createKeys({ apiKeys: createApiKeys(database()) }) }, { record: async () => undefined }).as(ada)
      .keys;
  /** A database that can go away, and what was asked of it. */
  const link = () => {
    const real = createApiKeys(database());
    const state = { up: true, asked: 0, used: [] as string[] };
    const storedKeys: KnownKeys = {
      known: async () => {
        state.asked++;
        if (!state.up) throw new Error('connect ECONNREFUSED');
        return real.known();
      },
      used: async (ids) => {
        state.used.push(...ids);
        await real.used(ids);
      },
    };
    return Object.assign(state, { storedKeys });
  };
  const open = async (parts: Partial<ServerParts>) => {
    const server = await aServer(aServingWorld(), { keys: ['9f1c0d7b2a4e6f8091a3b5c7'], ...parts });
    await server.app.ready();
    return server;
  };
  const predict = async (server: PredictionServer, key: string): Promise<number> => {
    const headers = { authorization: `Bearer ${key}` };
    return (await server.app.inject({ method: 'POST', url: '/predict/fraud', headers, payload: aRow() })).statusCode;
  };
  const never = 3_600_000;

  it('work on every replica as soon as they are made, and stop as soon as they are revoked', async () => {
    const replicas = [];
    for (let i = 0; i < 2; i++) {
      const feed = createFeed(database.url(), [KEYS_CHANNEL]);
      closing.push(() => feed.close());
      const keyFeed = { subscribe: (changed: () => void) => feed.subscribe(KEYS_CHANNEL, changed) };
      replicas.push(await open({ ...link(), keyFeed, keysEveryMs: never }));
    }
    const { id, secret } = await keys().create({ name: 'billing', scopes: ['predict'] });
    for (const replica of replicas) await until(async () => (await predict(replica, secret)) === 200, 'it works');
    await keys().revoke(id);
    for (const replica of replicas) await until(async () => (await predict(replica, secret)) === 401, 'it has ended');
  });

  it('are followed by polling where no message arrives', async () => {
    const server = await open({ ...link(), keysEveryMs: 20 });
    const { id, secret } = await keys().create({ name: 'billing', scopes: ['predict'] });
    await until(async () => (await predict(server, secret)) === 200, 'it works');
    await keys().revoke(id);
    await until(async () => (await predict(server, secret)) === 401, 'it has ended');
  });

  it('work with the database down, also after a restart, from a file that only the server’s user can read', async () => {
    const { secret } = await keys().create({ name: 'billing', scopes: ['predict'] });
    const [dataFolder, state] = [aFolder(), link()];
    const server = await open({ ...state, dataFolder, keysEveryMs: never });
    assert.equal(await predict(server, secret), 200);
    state.up = false;
    assert.equal(await predict(server, secret), 200);
    await stop(server);

    const path = join(dataFolder, 'serving', 'keys.json');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.ok(!readFileSync(path, 'utf8').includes(secret.slice(13)), 'only the hash is there');
    const down = { known: () => Promise.reject(new Error('connect ECONNREFUSED')), used: async () => undefined };
    const again = await open({ storedKeys: down, dataFolder });
    assert.equal(await predict(again, secret), 200);
    await stop(again);

    writeFileSync(path, '{"format":1,"keys":[{');
    assert.equal(
      await predict(await open({ storedKeys: down, dataFolder }), secret),
      401,
      'a broken file opens nothing',
    );
  });

  it('cause no work for the database when callers guess them', async () => {
    const state = link();
    const server = await open({ ...state, keysEveryMs: never });
    const asked = state.asked;
    for (let i = 0; i < 200; i++)
      assert.equal(await predict(server, `prn_${String(i).padStart(8, '0')}_${'0'.repeat(64)}`), 401);
    assert.equal(state.asked, asked);
    assert.deepEqual(state.used, []);
  });

  it('record when they were used', async () => {
    const { secret } = await keys().create({ name: 'billing', scopes: ['predict'] });
    const server = await open({ ...link(), keysEveryMs: 20 });
    await predict(server, secret);
    await until(async () => (await keys().list())[0]!.lastUsedAt !== null, 'its use is stored');
  });
});
