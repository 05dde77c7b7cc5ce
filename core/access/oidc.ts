import { isScope, type Scope } from './scopes.ts';
import * as z from 'zod';

/** How people sign in at an OpenID provider. */
export interface OidcSettings {
  issuer: string;
  clientId: string;
  /** Absent: a public client, which PKCE alone protects. */
  clientSecret: string | undefined;
  /** What is asked of the provider, like "openid profile". */
  ask: string;
  /** The claim that has a person's groups. */
  claim: string;
  /** What each group may do. */
  groups: Record<string, Scope[]>;
  /** Where browsers reach the server. */
  publicUrl: string;
}

const origin = (url: string): boolean =>
  /^https?:/.test(url) && URL.canParse(url) && new URL(url).origin === url.replace(/\/$/, '');
const isSafe = (url: string): boolean =>
  URL.canParse(url) && /^https:|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])([:/]|$)/.test(url);

/** 'ml-team=read operate; ml-admins=read operate admin': a group may hold "=" itself, as names in a directory do. */
const groups = z.string().transform((text, { addIssue }) => {
  const entries = text.split(';').map((each) => each.trim()).filter((each) => each !== ''); // prettier-ignore
  return Object.fromEntries(
    entries.map((entry): [string, Scope[]] => {
      const at = entry.lastIndexOf('=');
      const held = entry.slice(at + 1).split(/\s+/).filter((each) => each !== ''); // prettier-ignore
      if (at < 1 || held.length === 0 || !held.every(isScope))
        addIssue('write groups with their scopes, like "ml-team=read operate; ml-admins=read operate admin"');
      return [entry.slice(0, at).trim(), held.filter(isScope)];
    }),
  );
});

/** The variables of these settings. */
export const oidcVariables = z.object({
  /** Where people sign in; without it they use keys. */
  PERENNIAL_OIDC_ISSUER: z.string().refine(isSafe, 'write the https:// address of the provider').optional(),
  PERENNIAL_OIDC_CLIENT_ID: z.string().optional(),
  PERENNIAL_OIDC_CLIENT_SECRET: z.string().optional(),
  PERENNIAL_OIDC_SCOPE: z.string().regex(/\bopenid\b/, 'write scopes of the provider, "openid" among them').default('openid profile email'), // prettier-ignore
  PERENNIAL_OIDC_CLAIM: z.string().default('groups'),
  PERENNIAL_OIDC_GROUPS: groups.optional(),
  PERENNIAL_PUBLIC_URL: z.string().refine(origin, 'write https://host, with nothing behind it').optional(),
});
type Variables = z.output<typeof oidcVariables>;

/** The variables that are missing for people to sign in. */
export const missingForOidc = (env: Variables & { PERENNIAL_API_KEYS: readonly string[] }): string[] =>
  env.PERENNIAL_OIDC_ISSUER === undefined
    ? []
    : [
        ...(['PERENNIAL_OIDC_CLIENT_ID', 'PERENNIAL_OIDC_GROUPS', 'PERENNIAL_PUBLIC_URL'] as const).filter(
          (name) => env[name] === undefined,
        ),
        ...(env.PERENNIAL_API_KEYS.length === 0 ? ['PERENNIAL_API_KEYS'] : []),
      ];

export const oidcOf = (env: Variables): OidcSettings | undefined =>
  env.PERENNIAL_OIDC_ISSUER === undefined
    ? undefined
    : {
        issuer: env.PERENNIAL_OIDC_ISSUER,
        clientId: env.PERENNIAL_OIDC_CLIENT_ID ?? '',
        clientSecret: env.PERENNIAL_OIDC_CLIENT_SECRET,
        ask: env.PERENNIAL_OIDC_SCOPE,
        claim: env.PERENNIAL_OIDC_CLAIM,
        groups: env.PERENNIAL_OIDC_GROUPS ?? {},
        publicUrl: (env.PERENNIAL_PUBLIC_URL ?? '').replace(/\/$/, ''),
      };
