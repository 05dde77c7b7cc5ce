import type { Scope } from './scopes.ts';
import * as z from 'zod';

/** Somebody who signed in at an OpenID provider. */
export interface Person {
  name: string;
  /** Those that the settings know. */
  groups: string[];
}

/** What a browser remembers between leaving for the provider and coming back. */
export const attemptSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Where it wanted to go. */
  next: z.string(),
  until: z.number(),
});
export type Attempt = z.output<typeof attemptSchema>;

export interface SignIn {
  /** Where to send a browser, and what it has to bring back. */
  begin(next: string): Promise<{ to: string; attempt: Attempt }>;
  /** The person of the answer that came to `url`; throws when it is not one, or not to this attempt. */
  finish(url: string, attempt: Attempt | null): Promise<Person>;
  /** Where a person signs out of the provider; null when it has no such page. */
  leave(): Promise<string | null>;
}

/** Where the provider sends browsers back to. */
export const CALLBACK = '/login/oidc/callback';

/** What the members of these groups may do, together. */
export const scopesOf = (known: Record<string, Scope[]>, groups: readonly string[]): Scope[] => [
  ...new Set(groups.flatMap((group) => (Object.hasOwn(known, group) ? known[group]! : []))),
];
