import { isOurOwn, readCookie } from '../console/browser.ts';
import { type Caller } from './callers.ts';
import { type Held, type KeyRing } from './key-ring.ts';
import { type FastifyRequest } from 'fastify';
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const SESSION_COOKIE = 'perennial_session';
export const SESSION_SECONDS = 12 * 3600;

export interface Sessions {
  /** The cookie's value for the holder of a key. */
  open(key: Held): string;
  /** Who signed in; null when nobody did, or the session has ended. */
  callerOf(request: FastifyRequest): Caller | null;
}

/**
 * A session is its end, the id of its key and a signature over both and the key's hash, made with the servers' secret:
 * it survives a restart, holds on every server that has the secret, and ends with its key. The key cannot be guessed
 * from it.
 */
export function createSessions(ring: KeyRing, secret: string, now: () => number = Date.now): Sessions {
  const sign = ({ id, hash }: Held, until: string): Buffer =>
    createHmac('sha256', secret).update(`${until} ${id} `).update(hash).digest();

  return {
    open(key) {
      const until = String(now() + SESSION_SECONDS * 1000);
      return [until, key.id, sign(key, until).toString('base64url')].join('.');
    },
    callerOf(request) {
      const cookie = readCookie(request.headers.cookie, SESSION_COOKIE) ?? '';
      const [until = '', id = '', signature = ''] = cookie.split('.');
      if (!/^\d{13}$/.test(until) || Number(until) < now()) return null;
      const key = ring.find(id);
      if (!key) return null;
      const [offered, right] = [Buffer.from(signature, 'base64url'), sign(key, until)];
      return offered.length === right.length && timingSafeEqual(offered, right) ? key.caller : null;
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
