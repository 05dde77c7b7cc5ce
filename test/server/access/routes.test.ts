import { requireAccess } from '../../../server/access/routes.ts';
import { Scene } from '../../console/fakes.ts';
import { aServer, aServingWorld, cleanUp } from '../fakes.ts';
import assert from 'node:assert/strict';
import { fastify } from 'fastify';

const KEY = '9f1c0d7b2a4e6f8091a3b5c7';

describe('the routes of the server', () => {
  afterEach(cleanUp);

  it('all declare the scope that they need, or the server does not start', async () => {
    const app = fastify({ exposeHeadRoutes: false });
    requireAccess(app);
    app.get('/open', { config: { access: 'open' } }, () => 'for everybody');
    app.get('/forgotten', () => 'for nobody');
    // @ts-expect-error: with a config it does not even compile
    app.get('/limited', { config: { rateLimit: false } }, () => 'for nobody');
    await assert.rejects(Promise.resolve(app.ready()), /Declare config\.access of GET \/forgotten, GET \/limited$/);
  });

  it('answer nobody without a key, but for probes and the way in', async () => {
    const { app } = await aServer(aServingWorld(), { operations: new Scene().door(), keys: [KEY] });
    await app.ready();
    const open = [];
    for (const { method, url } of app.accessOf) {
      const asked = { method, url, headers: { accept: 'application/json' } } as const;
      const { statusCode, headers } = await app.inject(asked as never);
      if (statusCode !== 401 || headers['www-authenticate'] !== 'Bearer') open.push(`${method} ${url}`);
    }
    assert.deepEqual(open, [
      'GET /console/console.css',
      'GET /console/live.js',
      'GET /login',
      'POST /login',
      'POST /logout',
      'GET /v2/health/live',
      'GET /v2/health/ready',
      'GET /health',
      'GET /health/ready',
      'GET /health/live',
    ]);
  });
});
