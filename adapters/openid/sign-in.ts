import type { OidcSettings } from '../../core/access/oidc.ts';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { CALLBACK, scopesOf, type Attempt, type Person, type SignIn } from '../../core/access/sign-in.ts';
import * as oidc from 'openid-client';
import * as z from 'zod';

const ATTEMPT_MS = 10 * 60_000;
const PATIENCE_SECONDS = 10;

/** Sign-in at an OpenID provider: the authorization code flow with PKCE, state and nonce. */
export function createSignIn(settings: OidcSettings, now: () => number = Date.now): SignIn {
  const { issuer, clientId, clientSecret, publicUrl, claim, groups: known } = settings;
  let provider: Promise<oidc.Configuration> | undefined;

  /** What the provider says of itself, asked once; again if it did not answer. */
  function reach(): Promise<oidc.Configuration> {
    provider ??= oidc
      .discovery(
        new URL(issuer),
        clientId,
        {
          ...(clientSecret !== undefined && { client_secret: clientSecret }),
          [oidc.clockSkew]: (now() - Date.now()) / 1000,
        },
        clientSecret === undefined ? oidc.None() : undefined,
        { timeout: PATIENCE_SECONDS, execute: issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [] },
      )
      .catch((error: unknown) => {
        provider = undefined;
        throw new UserError(
          'UNREACHABLE',
          `The sign-in provider at ${new URL(issuer).host} does not answer (${messageOf(error)}). ` +
            'Try again later, or sign in with a key.',
          { cause: error },
        );
      });
    return provider;
  }

  /** The groups in the token; some providers tell them only when they are asked for the person. */
  async function groupsOf(config: oidc.Configuration, token: string, claims: oidc.IDToken): Promise<string[]> {
    const told =
      claims[claim] ??
      (config.serverMetadata().userinfo_endpoint === undefined
        ? undefined
        : (await oidc.fetchUserInfo(config, token, claims.sub))[claim]);
    return z.union([z.array(z.string()), z.string().transform((one) => [one])]).safeParse(told).data ?? [];
  }

  return {
    async begin(next) {
      const config = await reach();
      const attempt: Attempt = {
        state: oidc.randomState(),
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
        next,
        until: now() + ATTEMPT_MS,
      };
      const to = oidc.buildAuthorizationUrl(config, {
        redirect_uri: publicUrl + CALLBACK,
        scope: settings.ask,
        state: attempt.state,
        nonce: attempt.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: 'S256',
      });
      return { to: to.href, attempt };
    },

    async finish(url, attempt) {
      if (attempt === null || attempt.until <= now())
        throw failed('It was not begun in this browser, or more than ten minutes ago.');
      const config = await reach();
      try {
        const tokens = await oidc.authorizationCodeGrant(config, new URL(url, publicUrl), {
          expectedState: attempt.state,
          expectedNonce: attempt.nonce,
          pkceCodeVerifier: attempt.verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims()!;
        const groups = await groupsOf(config, tokens.access_token, claims);
        return personOf(nameOf(claims), groups);
      } catch (error) {
        if (error instanceof UserError) throw error;
        if (error instanceof oidc.AuthorizationResponseError)
          throw failed(`The provider answered "${error.error}".`, error);
        throw failed(`The provider's answer was refused: ${reasonOf(error)}.`, error);
      }
    },

    async leave() {
      const config = await reach();
      if (config.serverMetadata().end_session_endpoint === undefined) return null;
      return oidc.buildEndSessionUrl(config, { post_logout_redirect_uri: `${publicUrl}/login` }).href;
    },
  };

  function personOf(name: string, groups: string[]): Person {
    const mapped = groups.filter((group) => Object.hasOwn(known, group));
    if (scopesOf(known, mapped).length > 0) return { name, groups: mapped };
    throw new UserError(
      'NOT_PERMITTED',
      `${name} has signed in, but is in none of the groups that may use this server. ` +
        'Ask an administrator to add one of your groups to PERENNIAL_OIDC_GROUPS.',
    );
  }
}

const nameOf = ({ sub, ...claims }: oidc.IDToken): string => {
  const names = [claims['preferred_username'], claims['email'], sub];
  return names.find((name): name is string => typeof name === 'string' && name !== '')!.slice(0, 100);
};

/** The library's words for a failed check are for developers; the one below it says what was wrong. */
const reasonOf = (error: unknown): string =>
  error instanceof oidc.ResponseBodyError
    ? error.error
    : error instanceof Error && error.cause instanceof Error && error.cause.message !== ''
      ? `${messageOf(error)}: ${messageOf(error.cause)}`
      : messageOf(error);

const failed = (why: string, cause?: unknown): UserError =>
  new UserError('SIGN_IN_FAILED', `The sign-in failed. ${why} Begin again.`, { cause });
