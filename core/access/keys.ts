import type { Actor } from './actor.ts';
import type { Instant } from '../time/time.ts';
import { stretch } from '../base/schema.ts';
import { scopes, type Scope } from './scopes.ts';
import * as z from 'zod';

/** A key that programs and people send to the servers. Its text is shown once, when it is made. */
export interface ApiKey {
  /** The second part of its text, "prn_ID_SECRET", by which people and servers find it. */
  id: string;
  /** Who uses it; the audit names it. */
  name: string;
  scopes: Scope[];
  /** The pipelines that it predicts for and labels; null: all. */
  pipelines: string[] | null;
  /** How many requests with it a server answers in a minute; null: as many as the server's setting says. */
  perMinute: number | null;
  createdBy: string;
  createdAt: Instant;
  expiresAt: Instant | null;
  revokedAt: Instant | null;
  /** To about ten minutes; null: never. */
  lastUsedAt: Instant | null;
}

/** The scopes that can be limited to pipelines. */
const ofPipelines: readonly Scope[] = ['predict', 'label'];

/** What somebody may ask of a new key. */
export const keyWish = z
  .strictObject({
    name: z.string().regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@-]{0,59}$/u, 'write a name of up to 60 letters, digits, spaces and . _ @ -'),
    scopes: z.array(z.enum(scopes, `choose from ${scopes.join(', ')}`)).min(1, `choose from ${scopes.join(', ')}`),
    pipelines: z.array(z.string().regex(/^[a-z][a-z0-9-]*$/, 'write names of pipelines')).min(1).nullable().default(null),
    perMinute: z.int('write a whole number').min(1, 'write a number from 1').max(1e9, 'write a smaller number').nullable().default(null),
    expires: stretch.nullable().default(null),
  })
  .refine(({ scopes: held, pipelines }) => pipelines === null || held.every((scope) => ofPipelines.includes(scope)), {
    path: ['pipelines'],
    message: 'only the scopes predict and label can be limited to pipelines; make another key for the others',
  }); // prettier-ignore

export type KeyWish = z.input<typeof keyWish>;

export type NewKey = Pick<ApiKey, 'id' | 'name' | 'scopes' | 'pipelines' | 'perMinute'> & {
  hash: string;
  /** A duration; null: until it is revoked. */
  lasts: string | null;
};

/** Keys as people manage them. */
export interface ApiKeys {
  create(key: NewKey, by: Actor): Promise<ApiKey>;
  /** The newest first, also those that have ended. */
  list(limit: number): Promise<ApiKey[]>;
  /** Ends a key for good; a key that has been revoked stays as it is. */
  revoke(id: string, by: Actor): Promise<ApiKey>;
}

/** What a server knows of a key, in memory and on its disk. */
export const knownKey = z.object({
  id: z.string(),
  name: z.string(),
  hash: z.string(),
  // A newer release may have others: they allow nothing here.
  scopes: z.array(z.string()).transform((held) => scopes.filter((scope) => held.includes(scope))),
  pipelines: z.array(z.string()).nullable(),
  perMinute: z.int().nullable(),
  expiresAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
});
export type KnownKey = z.output<typeof knownKey>;

/** Keys as servers check them. */
export interface KnownKeys {
  /** Also those that ended in the last month, so that a server can say what became of a key. */
  known(): Promise<KnownKey[]>;
  /** Remembers that these were used about now. */
  used(ids: string[]): Promise<void>;
}

/** keyText('1a2b3c4d', 'e5f6...') // => 'prn_1a2b3c4d_e5f6...': a prefix that scanners for secrets can look for */
export const keyText = (id: string, secret: string): string => `prn_${id}_${secret}`;

/** The id in a key's text, in the beginning of one, or alone: keyId('prn_1a2b3c4d_e5f6...') // => '1a2b3c4d' */
export const keyId = (text: string): string | null => /^(?:prn_)?([0-9a-f]{8})(?:_|$)/.exec(text)?.[1] ?? null;
