import { type Scope } from '../../core/access/scopes.ts';
import { scopesOf, type Person } from '../../core/access/sign-in.ts';
import { HOUR } from '../../core/time/time.ts';
import { isOurOwn, readCookie } from '../console/browser.ts';
import { type Caller } from './callers.ts';
import { type Held, type KeyRing } from './key-ring.ts';
import { createSeal } from './seal.ts';
import { type FastifyRequest } from 'fastify';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as z from 'zod';

export const SESSION_COOKIE = 'perennial_session';

export interface Sessions {
  /** How long one lasts. */
  readonly seconds: number;
  /** The cookie's value for the holder of a key, or for a person. */
  open(who: Held | Person): string;
  /** Who signed in; null when nobody did, or the session has ended. */
  callerOf(request: FastifyRequest): Caller | null;
  /** Whether the session is a person's, who may want to sign out at the provider too. */
  isPerson(request: FastifyRequest): boolean;
}

export interface SessionOptions {
  hours?: number;
  /** What each group may do. */
  groups?: Record<string, Scope[]>;
  now?: () => number;
}

const cookieSchema = z.object({
  until: z.number(),
  who: z.union([z.object({ key: z.string() }), z.object({ name: z.string(), groups: z.array(z.string()) })]),
});

/**
 * A session is its end and the id of its key, or a person with groups, sealed with the servers' secret: it survives a
 * restart, holds on every server that has the secret, and may do what its key or the person's groups may today.
 */
export function createSessions(ring: KeyRing, secret: string, options: SessionOptions = {}): Sessions {
  const { hours = 12, groups: known = {}, now = Date.now } = options;
  const seal = createSeal(secret, 'session', cookieSchema);
  const whoOf = (request: FastifyRequest) => {
    const session = seal.open(readCookie(request.headers.cookie, SESSION_COOKIE) ?? '');
    return session && session.until > now() ? session.who : null;
  };
  return {
    seconds: (hours * HOUR) / 1000,
    open: (who) => seal.close({ until: now() + hours * HOUR, who: 'hash' in who ? { key: who.id } : who }),
    callerOf(request) {
      const who = whoOf(request);
      if (who === null) return null;
      if ('key' in who) return ring.find(who.key)?.caller ?? null;
      const scopes = scopesOf(known, who.groups);
      return scopes.length === 0
        ? null
        : { id: `person ${who.name}`, name: who.name, scopes, pipelines: null, perMinute: null };
    },
    isPerson(request) {
      const who = whoOf(request);
      return who !== null && 'name' in who;
    },
  };
}

/** The caller of a browser's session, which changes things only from our own pages. */
export const signedInBy =
  (sessions: Sessions) =>
  (request: FastifyRequest): Caller | null =>
    request.method === 'GET' || isOurOwn(request) ? sessions.callerOf(request) : null;

/** This server's secret, created at its first start in a file that only its user can read. */
export function sessionSecretOf(dataFolder: string): string {
  const path = join(dataFolder, 'serving', 'session.secret');
  const kept = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  if (kept.length >= 64) return kept; // a shorter one was cut off by a crash
  const secret = randomBytes(32).toString('hex');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${secret}\n`, { mode: 0o600 });
  return secret;
}
