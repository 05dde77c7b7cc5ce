import { type KnownKey } from '../../../core/access/keys.ts';
import { scopes, type Scope } from '../../../core/access/scopes.ts';
import { requireAccess, type Access } from '../../../server/access/routes.ts';
import { Scene } from '../../console/fakes.ts';
import { aRow, aServer, aServingWorld, cleanUp } from '../fakes.ts';
import { aKey, storedKeys, textOf } from './keys.ts';
import assert from 'node:assert/strict';
import { fastify } from 'fastify';

const SETTING = '9f1c0d7b2a4e6f8091a3b5c7';
const METRICS = '0b7e5d1c9a3f42868d6e1f2a';

describe('the routes of the server', () => {
  afterEach(cleanUp);

  const serverWith = async (...keys: KnownKey[]) => {
    const server = await aServer(aServingWorld(), {
      operations: new Scene().door(),
      keys: [SETTING],
      metricsKey: METRICS,
      storedKeys: storedKeys(keys),
    });
    await server.app.ready();
    const ask = async (method: string, url: string, key?: string) => {
      const headers = { accept: 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) };
      const path = url
        .replace(':pipeline', 'fraud')
        .replace(/:(name|model)/, 'fraud')
        .replace(/:\w+/g, 'x');
      // As a stream, since live events have no end.
      const answer = await server.app.inject({ method: method as never, url: path, headers, payloadAsStream: true });
      const refused = answer.statusCode === 401 || answer.statusCode === 403;
      const { error } = refused ? JSON.parse((await answer.stream().toArray()).join('')) : { error: null };
      answer.stream().destroy();
      // The Open Inference Protocol's errors are texts.
      const says = String(error?.message ?? error);
      return { status: answer.statusCode, refused, says, headers: answer.headers };
    };
    // HEAD answers like GET, but without words.
    const routes = server.app.accessOf.filter(({ method }) => method !== 'HEAD');
    return { app: server.app, routes, ask };
  };

  it('all declare the scope that they need, or the server does not start', async () => {
    const app = fastify({ exposeHeadRoutes: false });
    requireAccess(app);
    app.get('/open', { config: { access: 'open' } }, () => 'for everybody');
    app.get('/forgotten', () => 'for nobody');
    // @ts-expect-error: with a config it does not even compile
    app.get('/limited', { config: { rateLimit: false } }, () => 'for nobody');
    await assert.rejects(Promise.resolve(app.ready()), /Declare config\.access of GET \/forgotten, GET \/limited$/);
  });

  it('answer nobody without a key, except probes and the way to sign in', async () => {
    const { routes, ask } = await serverWith();
    const open = [];
    for (const { method, url } of routes) {
      const { status, headers } = await ask(method, url);
      if (status !== 401 || headers['www-authenticate'] !== 'Bearer') open.push(`${method} ${url}`);
    }
    assert.deepEqual(
      open,
      routes.filter(({ access }) => access === 'open').map(({ method, url }) => `${method} ${url}`),
    );
    for (const url of open)
      assert.match(url, /^(GET|POST) \/(console\/[\w.]+|login|logout|health|(api\/v1|v2)\/health)\b/);
  });

  it('let the key of the metrics read, and do nothing else', async () => {
    const { routes, ask } = await serverWith();
    const answered = [];
    for (const { method, url, access } of routes.filter((route) => route.access !== 'open'))
      if (!(await ask(method, url, METRICS)).refused) answered.push(access);
    assert.deepEqual(new Set(answered), new Set(['read']));
    assert.equal((await ask('GET', '/metrics', METRICS)).status, 200);
  });

  it('answer a key with their scope, and tell every other key which scope it lacks', async () => {
    const { routes, ask } = await serverWith(
      ...scopes.map((scope) => aKey({ name: `only ${scope}`, scopes: [scope] })),
    );
    const wrong: string[] = [];
    for (const { method, url, access } of routes.filter((route) => route.access !== 'open'))
      for (const scope of scopes) {
        const { status, refused, says } = await ask(method, url, textOf(`only ${scope}`));
        const may = access === scope;
        const right = `${method} ${url.replace(/(.)\/$/, '$1')} needs the scope "${access}"; only ${scope} has only: ${scope}. `;
        if (may ? refused : status !== 403 || !says.startsWith(right))
          wrong.push(`${method} ${url} with ${scope}: ${status} ${says}`);
      }
    assert.deepEqual(wrong, []);
  });

  it('answer no key that is unknown, expired or revoked, and say why', async () => {
    const [expired, revoked] = ['2026-01-11T03:00:00.000Z', '2026-01-12T03:00:00.000Z'];
    const { routes, ask } = await serverWith(
      aKey({ name: 'expired', scopes: [...scopes], expiresAt: expired }),
      aKey({ name: 'revoked', scopes: [...scopes], revokedAt: revoked }),
      aKey({ name: 'all', scopes: [...scopes] }),
    );
    const words: Record<string, RegExp> = {
      expired: /^Key [0-9a-f]{8} of expired expired at 2026-01-11T03:00:00\.000Z\. Ask for another\.$/,
      revoked: /^Key [0-9a-f]{8} of revoked was revoked at 2026-01-12T03:00:00\.000Z\. Ask for another\.$/,
      unknown: /^This server does not know the key that was sent\.$/,
    };
    const right = textOf('all');
    for (const { method, url } of routes.filter(({ access }) => access !== 'open')) {
      for (const [name, message] of Object.entries(words)) {
        const { status, says } = await ask(method, url, textOf(name));
        assert.equal(status, 401, `${method} ${url}`);
        assert.match(says, message);
      }
      // The right id with another secret is as unknown as any.
      assert.equal((await ask(method, url, `${right.slice(0, -1)}x`)).status, 401);
      for (const key of [right, SETTING]) assert.equal((await ask(method, url, key)).refused, false, url);
    }
    assert.equal((await ask('GET', '/not-there')).status, 401);
    assert.equal((await ask('GET', '/not-there', right)).status, 404);
  });

  it('let nobody change anything who may only read', async () => {
    const { app } = await serverWith();
    const access = new Map(
      app.accessOf.map((route): [string, Access] => [`${route.method} ${route.url}`, route.access]),
    );
    const needed = (...routes: string[]): (Access | undefined)[] => routes.map((route) => access.get(route));
    assert.deepEqual(needed('GET /metrics', 'GET /openapi.json', 'GET /', 'GET /events'), Array(4).fill('read'));
    assert.deepEqual(
      needed('POST /predict/:pipeline', 'POST /labels/:pipeline', 'POST /actions/:action', 'POST /keys'),
      ['predict', 'label', 'operate', 'admin'],
    );
    const changing = app.accessOf.filter(({ method }) => !['GET', 'HEAD'].includes(method));
    // A row to try is sent in the body, so that no address holds its values; trying it changes nothing.
    assert.deepEqual(
      changing.filter((route) => route.access === 'read').map(({ method, url }) => `${method} ${url}`),
      ['POST /pipelines/:name/try'],
    );
  });

  it('let a key for some pipelines reach these alone', async () => {
    const key = aKey({ name: 'billing', scopes: ['predict'], pipelines: ['churn'] });
    const { app } = await serverWith(key, aKey({ name: 'shop', scopes: ['predict'], pipelines: ['fraud', 'churn'] }));
    const predict = (name: string) =>
      app.inject({
        method: 'POST',
        url: '/predict/fraud',
        headers: { authorization: `Bearer ${textOf(name)}` },
        payload: aRow(),
      });
    const refused = await predict('billing');
    assert.equal(refused.statusCode, 403);
    assert.match(refused.json().error.message, /^The key of billing is only for: churn\. Nothing was done\./);
    assert.equal((await predict('shop')).statusCode, 200);
    const asked = (url: string) => app.inject({ url, headers: { authorization: `Bearer ${textOf('billing')}` } });
    for (const url of ['/v2/models/fraud', '/v2/models/fraud/versions/1/ready', '/v2/'])
      assert.equal((await asked(url)).statusCode, 403, url);
    assert.equal((await asked('/v2/models/churn')).statusCode, 404);
  });

  it('count what a key may send in a minute, of any kind, per key', async () => {
    const held: Scope[] = ['predict', 'read'];
    const { app } = await serverWith(
      aKey({ name: 'few', scopes: held, perMinute: 2 }),
      aKey({ name: 'many', scopes: held }),
    );
    const ask = (name: string, url: string) =>
      app.inject({ url, headers: { authorization: `Bearer ${textOf(name)}` } });
    const statuses = [];
    for (const url of ['/metrics', '/openapi.json', '/metrics', '/health'])
      statuses.push((await ask('few', url)).statusCode);
    assert.deepEqual(statuses, [200, 200, 429, 200], 'and probes are free');
    const refused = await ask('few', '/');
    assert.equal(refused.statusCode, 429);
    assert.ok(Number(refused.headers['retry-after']) >= 1);
    for (let i = 0; i < 4; i++) assert.equal((await ask('many', '/metrics')).statusCode, 200);
  });
});
