import { type OidcSettings } from '../../../core/access/oidc.ts';
import { createSignIn } from '../../../adapters/openid/sign-in.ts';
import { type Attempt } from '../../../core/access/sign-in.ts';
import { Scene } from '../../console/fakes.ts';
import { anOpenIdProvider, CLIENT, PUBLIC_URL, signInAt } from '../../support/outside/openid-provider.ts';
import { aServer, aServingWorld, cleanUp } from '../fakes.ts';
import assert from 'node:assert/strict';

const PAGE = { accept: 'text/html' };
const FORM = { ...PAGE, 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' };

describe('people who sign in at an OpenID provider', () => {
  let provider: Awaited<ReturnType<typeof anOpenIdProvider>>;
  beforeEach(async () => {
    provider = await anOpenIdProvider({ grace: ['ml-team', 'lunch'], ada: ['ml-admins'], eve: ['lunch'] });
  });
  afterEach(async () => {
    await cleanUp();
    await provider.close();
  });

  const settings = (): OidcSettings => ({
    issuer: provider.issuer,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    ask: 'openid profile email',
    claim: 'groups',
    groups: { 'ml-team': ['read', 'operate'], 'ml-admins': ['read', 'admin'] },
    publicUrl: PUBLIC_URL,
  });
  const open = async (oidc: OidcSettings = settings()) => {
    const scene = new Scene();
    const people = { signIn: createSignIn(oidc), groups: oidc.groups };
    const parts = { operations: scene.door(), keys: ['9f1c0d7b2a4e6f8091a3b5c7'], people };
    const { app } = await aServer(aServingWorld(), { ...parts, sessionSecret: 'of all servers of this test, shared' });
    const cookieOf = (set: unknown): string => [set].flat().map(String).at(-1)!.split(';')[0]!;
    const get = (url: string, cookie = '') => app.inject({ url, headers: { ...PAGE, cookie } });
    const begin = async (next = '/') => {
      const begun = await get(`/login/oidc?next=${encodeURIComponent(next)}`);
      return { begun, to: String(begun.headers['location']), attempt: cookieOf(begun.headers['set-cookie']) };
    };
    const signIn = async (name: string, next?: string) => {
      const { to, attempt } = await begin(next);
      const back = await signInAt(to, name);
      const answer = await get(back.slice(PUBLIC_URL.length), attempt);
      return { answer, back, attempt, cookie: cookieOf(answer.headers['set-cookie']) };
    };
    const post = (url: string, cookie: string, fields: Record<string, string> = {}) =>
      app.inject({
        method: 'POST',
        url,
        headers: { ...FORM, cookie },
        payload: new URLSearchParams(fields).toString(),
      });
    return { scene, get, begin, signIn, post };
  };

  it('may do what their groups may, in their own name', async () => {
    const { scene, get, signIn, post } = await open();
    assert.match((await get('/login?next=%2Falerts')).body, /href="\/login\/oidc\?next=%2Falerts"/);
    const { answer, cookie } = await signIn('grace', '/alerts');
    assert.equal(answer.statusCode, 200);
    assert.match(answer.body, /<meta http-equiv="refresh" content="0; url=\/alerts" \/>/);
    assert.match(String(answer.headers['set-cookie']), /perennial_session=.*HttpOnly; SameSite=Strict; Max-Age=43200/);
    const page = await get('/alerts', cookie);
    assert.equal(page.statusCode, 200);
    assert.match(page.body, /<span class="soft">grace<\/span>/);
    assert.equal((await post('/actions/retrain', cookie, { pipeline: 'fraud', reason: 'new data' })).statusCode, 303);
    assert.deepEqual(
      scene.done.map(({ what, by }) => [what, by]),
      [['retrain', 'grace']],
    );
    assert.equal((await get('/keys', cookie)).statusCode, 403);
    const { cookie: ofAda } = await signIn('ada');
    assert.equal((await get('/keys', ofAda)).statusCode, 200);
  });

  it('are sent there with PKCE, a state and a nonce, in a cookie of their own that is used once', async () => {
    const { begin, signIn } = await open();
    const { begun, to } = await begin();
    const { searchParams } = new URL(to);
    assert.equal(searchParams.get('code_challenge_method'), 'S256');
    for (const name of ['code_challenge', 'state', 'nonce']) assert.ok(searchParams.get(name)!.length >= 40, name);
    assert.match(String(begun.headers['set-cookie']), /perennial_sign_in=.*HttpOnly; SameSite=Lax; Max-Age=600/);
    const { answer } = await signIn('grace');
    assert.match(String(answer.headers['set-cookie']), /perennial_sign_in=; .*Max-Age=0/);
  });

  it('are told when no group of theirs may use the server', async () => {
    const { get, signIn } = await open();
    const { answer } = await signIn('eve');
    assert.equal(answer.statusCode, 403);
    assert.match(answer.body, /eve has signed in, but is in none of the groups that may use this server/);
    assert.equal((await get('/', String(answer.headers['set-cookie']))).statusCode, 303);
  });

  it('cannot get in with an answer meant for another browser or another attempt', async () => {
    const { get, begin, signIn } = await open();
    const { back } = await signIn('grace');
    const path = back.slice(PUBLIC_URL.length);
    const other = await begin();
    for (const [cookie, says] of [
      ['', /was not begun in this browser, or more than ten minutes ago/],
      ['perennial_sign_in=eyJ9.forged', /was not begun in this browser/],
      [other.attempt, /The provider&#39;s answer was refused: .*state/],
    ] as const) {
      const { statusCode, body, headers } = await get(path, cookie);
      assert.equal(statusCode, 400, String(says));
      assert.match(body, says);
      assert.doesNotMatch(String(headers['set-cookie']), /perennial_session/);
    }
    const refused = await get('/login/oidc/callback?error=access_denied&state=x', other.attempt);
    assert.deepEqual(
      [refused.statusCode, /perennial_session=\w/.test(String(refused.headers['set-cookie']))],
      [400, false],
    );
  });

  it('cannot get in with a wrong nonce, a stolen code or an expired token', async () => {
    const attemptAt = async (now = Date.now, change: Partial<Attempt> = {}) => {
      const signIn = createSignIn(settings(), now);
      const { to, attempt } = await signIn.begin('/');
      return signIn.finish(await signInAt(to, 'grace'), { ...attempt, ...change });
    };
    assert.deepEqual(await attemptAt(), { name: 'grace', groups: ['ml-team'] });
    for (const [says, now, change] of [
      [/nonce/, Date.now, { nonce: 'of another sign-in' }],
      [/invalid_grant/, Date.now, { verifier: 'v'.repeat(43) }],
      [/"exp"/, () => Date.now() + 3_600_000, {}],
      [/more than ten minutes ago/, Date.now, { until: Date.now() - 1 }],
    ] as const)
      await assert.rejects(attemptAt(now, change), { code: 'SIGN_IN_FAILED', message: says });
  });

  it('have the groups that the provider reveals only when it is asked about the person', async () => {
    await provider.close();
    provider = await anOpenIdProvider({ grace: ['ml-team'] }, { claimsInToken: false });
    const { answer } = await (await open()).signIn('grace');
    assert.equal(answer.statusCode, 200);
  });

  it('lose at once what the settings take from their group', async () => {
    const { cookie } = await (await open()).signIn('grace');
    const fewer = await open({ ...settings(), groups: { 'ml-team': ['read'] } });
    assert.equal((await fewer.get('/', cookie)).statusCode, 200);
    assert.equal((await fewer.post('/actions/retrain', cookie, {})).statusCode, 403);
    const none = await open({ ...settings(), groups: { 'ml-admins': ['admin'] } });
    assert.equal((await none.get('/', cookie)).statusCode, 303);
  });

  it('sign out here, and are sent to sign out there', async () => {
    const { signIn, post } = await open();
    const { cookie } = await signIn('grace');
    const left = await post('/logout', cookie);
    assert.match(String(left.headers['set-cookie']), /perennial_session=; .*Max-Age=0/);
    const [, to = ''] = /<meta http-equiv="refresh" content="0; url=([^"]+)"/.exec(left.body) ?? [];
    const there = new URL(to.replaceAll('&amp;', '&'));
    assert.deepEqual(
      [there.origin, there.searchParams.get('post_logout_redirect_uri'), there.searchParams.get('client_id')],
      [provider.issuer, `${PUBLIC_URL}/login`, CLIENT.id],
    );
  });

  it('are told when the provider does not answer, while keys still work', async () => {
    const { get, post } = await open({ ...settings(), issuer: 'http://127.0.0.1:1' });
    const { statusCode, body } = await get('/login/oidc');
    assert.equal(statusCode, 503);
    assert.match(body, /The sign-in provider at 127\.0\.0\.1:1 does not answer .* sign in with a key/);
    assert.equal((await post('/login', '', { key: '9f1c0d7b2a4e6f8091a3b5c7' })).statusCode, 303);
  });
});
