import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { mock } from 'node:test';
import type { JWK } from 'oidc-provider';

export const CLIENT = { id: 'perennial', secret: 'only-for-this-test-of-sign-in' };
/** Where the browser comes back to; nothing listens there. */
export const PUBLIC_URL = 'http://localhost:8080';

/** A real OpenID provider at 127.0.0.1; `groups` by person. Whoever knows a name may sign in with it. */
export async function anOpenIdProvider(groups: Record<string, string[]>, { claimsInToken = true } = {}) {
  // It warns that it is not meant for production.
  const warnings = mock.method(globalThis.console, 'warn', () => undefined);
  const { default: Provider } = await import('oidc-provider');
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [`${PUBLIC_URL}/login/oidc/callback`],
        post_logout_redirect_uris: [`${PUBLIC_URL}/login`],
      },
    ],
    jwks: { keys: [{ ...(privateKey.export({ format: 'jwk' }) as JWK), use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['of this test'] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['preferred_username', 'groups'], email: ['email'] },
    conformIdTokenClaims: !claimsInToken,
    findAccount: (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: `person-${id}`, preferred_username: id, groups: groups[id] ?? [] }),
    }),
    ttl: { IdToken: 60, AccessToken: 60, AuthorizationCode: 60, Session: 60, Interaction: 60, Grant: 60 },
  });
  server.on('request', (request, response) => void provider.callback()(request, response));
  return {
    issuer,
    close: () =>
      new Promise<void>((closed) => {
        warnings.mock.restore();
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** What a person does at the provider: follows it, fills in its forms, and ends at the address that it sends back to. */
export async function signInAt(start: string, name: string): Promise<string> {
  const cookies = new Map<string, string>();
  const ask = async (url: string, init: { method?: string; body?: URLSearchParams } = {}): Promise<Response> => {
    const cookie = [...cookies].map(([key, value]) => `${key}=${value}`).join('; ');
    const answer = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } });
    for (const set of answer.headers.getSetCookie()) {
      const [pair = ''] = set.split(';');
      cookies.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    return answer;
  };
  let [url, answer] = [start, await ask(start)];
  for (let step = 0; step < 12; step++) {
    const location = answer.headers.get('location');
    if (location !== null) {
      url = new URL(location, url).href;
      if (url.startsWith(PUBLIC_URL)) return url;
      answer = await ask(url);
      continue;
    }
    const page = await answer.text();
    const [, action] = /<form[^>]* action="([^"]+)"/.exec(page) ?? [];
    const [, prompt] = /name="prompt" value="(\w+)"/.exec(page) ?? [];
    assert.ok(action !== undefined && prompt !== undefined, page);
    url = new URL(action, url).href;
    const body = new URLSearchParams({ prompt, login: name, password: 'any' });
    answer = await ask(url, { method: 'POST', body });
  }
  throw new Error('the provider never came to an end');
}
