import { type KnownKey } from '../../../core/access/keys.ts';
import { type Scope } from '../../../core/access/scopes.ts';
import { Scene } from '../../console/fakes.ts';
import { aServer, aServingWorld, cleanUp, until } from '../fakes.ts';
import { aKey, storedKeys, textOf } from './keys.ts';
import assert from 'node:assert/strict';
import { get } from 'node:http';

const PAGE = { accept: 'text/html' };
const FORM = { ...PAGE, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };

describe('the console, for the holder of a key', () => {
  afterEach(cleanUp);

  const open = async (...held: Scope[]) => {
    const [scene, key] = [new Scene(), aKey({ name: 'grace', scopes: held })];
    const known: KnownKey[] = [key];
    const { app } = await aServer(aServingWorld(), {
      operations: scene.door(),
      keys: ['9f1c0d7b2a4e6f8091a3b5c7'],
      storedKeys: storedKeys(known),
      keysEveryMs: 10,
    });
    await app.ready();
    const signIn = (headers = {}) =>
      app.inject({
        method: 'POST',
        url: '/login',
        headers: { ...FORM, ...headers },
        payload: `key=${textOf('grace')}`,
      });
    const cookie = String((await signIn()).headers['set-cookie']).split(';')[0]!;
    const page = (url: string) => app.inject({ url, headers: { ...PAGE, cookie } });
    const post = (url: string, fields: Record<string, string>, headers = {}) =>
      app.inject({
        method: 'POST',
        url,
        headers: { ...FORM, cookie, ...headers },
        payload: new URLSearchParams(fields).toString(),
      });
    const revoke = () => known.splice(0, 1, { ...key, revokedAt: '2026-03-04T09:30:00.000Z' });
    return { app, scene, cookie, signIn, page, post, revoke };
  };
  const promote = { pipeline: 'fraud', version: '3', reason: 'better' };

  it('acts in the name of the key', async () => {
    const { scene, page, post } = await open('read', 'operate');
    const { body } = await page('/pipelines/fraud');
    assert.match(body, /<main\s+id="main"\s+class="acts"/);
    assert.match(body, /<span class="soft">grace<\/span>/);
    assert.doesNotMatch(body, /href="\/keys"/);
    assert.equal((await post('/actions/promote', promote)).statusCode, 303);
    assert.deepEqual(scene.done, [{ what: 'promote', given: { ...promote, version: 3 }, by: 'grace' }]);
  });

  it('shows pages without buttons to a key that may only read, and says so if it acts all the same', async () => {
    const { scene, page, post } = await open('read');
    assert.match((await page('/pipelines/fraud')).body, /<main\s+id="main"\s+class="reads"/);
    assert.match(
      (await page('/console/console.css')).body,
      /\.reads a\.button\[href\^="\/actions\/"\] \{ display: none; \}/,
    );
    const refused = await post('/actions/promote', promote);
    assert.equal(refused.statusCode, 403);
    assert.match(refused.body, /needs the scope &quot;operate&quot;; grace has only: read\./);
    assert.equal((await page('/actions/promote?pipeline=fraud&version=3')).statusCode, 403);
    assert.deepEqual(scene.done, []);
  });

  it('does not let an operator see or make keys', async () => {
    const { scene, page, post } = await open('read', 'operate');
    const made = await post('/keys', { name: 'mine', 'scope-admin': 'admin' });
    assert.deepEqual([(await page('/keys')).statusCode, made.statusCode, scene.done], [403, 403, []]);
  });

  it('lets an administrator make keys, see each once, and revoke them', async () => {
    const { scene, page, post } = await open('read', 'admin');
    assert.match((await page('/')).body, /href="\/keys"/);
    assert.match((await page('/keys')).body, /billing[\s\S]*action="\/keys\/1a2b3c4d\/revoke"/);
    const given = { name: 'shop', 'scope-predict': 'predict', pipelines: 'fraud, churn', perMinute: '60', expires: '' };
    const made = await post('/keys', given);
    assert.deepEqual([made.statusCode, made.headers['cache-control']], [201, 'no-store']);
    assert.match(made.body, /<code>prn_1a2b3c4d_shown-once<\/code>/);
    assert.equal((await post('/keys/1a2b3c4d/revoke', {})).headers['location'], '/keys');
    const wish = { name: 'shop', scopes: ['predict'], pipelines: ['fraud', 'churn'], perMinute: 60, expires: null };
    assert.deepEqual(scene.done, [
      { what: 'create key', given: wish, by: 'grace' },
      { what: 'revoke key', given: '1a2b3c4d', by: 'grace' },
    ]);
    // Another site's form changes nothing, whatever cookie the browser sends.
    assert.equal((await post('/keys', given, { 'sec-fetch-site': 'cross-site' })).statusCode, 401);
  });

  it('ends the session and its live page when the key is revoked', async () => {
    const { app, cookie, page, revoke } = await open('read');
    const address = await app.listen({ host: '127.0.0.1', port: 0 });
    let [heard, ended] = ['', false];
    const listener = get(new URL('/events?page=/', address), { headers: { cookie } }, (response) => {
      response.setEncoding('utf8').on('data', (text: string) => (heard += text));
      response.on('end', () => (ended = true));
    });
    listener.on('error', () => undefined);
    await until(() => heard.includes('event: section'), 'the page as it is');
    assert.equal((await page('/')).statusCode, 200);
    revoke();
    await until(() => ended, 'the end of the live page');
    const next = await page('/');
    assert.deepEqual([next.statusCode, next.headers['location']], [303, '/login?next=%2F']);
  });

  it('keeps its cookie from scripts, other sites and, behind https, from open connections', async () => {
    const { signIn } = await open('read');
    const cookieBehind = async (headers: object) => String((await signIn(headers)).headers['set-cookie']);
    assert.match(await cookieBehind({}), /; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    assert.match(
      await cookieBehind({ 'x-forwarded-proto': 'https' }),
      /; HttpOnly; SameSite=Strict; Max-Age=43200; Secure$/,
    );
    const foreign = await signIn({ 'sec-fetch-site': 'cross-site' });
    assert.deepEqual([foreign.statusCode, foreign.headers['set-cookie']], [400, undefined]);
  });
});
