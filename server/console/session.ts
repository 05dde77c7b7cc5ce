import { readCookie } from './browser.ts';
import { type FastifyRequest } from 'fastify';
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export const SESSION_COOKIE = 'perennial_session';
export const SESSION_SECONDS = 12 * 3600;

export interface Sessions {
  /** The cookie's value for a valid key; null for another. */
  open(key: string): string | null;
  isOpen(request: FastifyRequest): boolean;
}

/**
 * A session is its end and a signature over it and its key, made with the servers' secret: it survives a restart, holds
 * on every server that has the secret, and ends when its key is taken away. The key cannot be guessed from it.
 */
export function createSessions(keys: readonly string[], secret: string, now: () => number = Date.now): Sessions {
  const sign = (key: string, until: string): Buffer =>
    createHmac('sha256', secret)
      .update(`${until} ${createHash('sha256').update(key).digest('hex')}`)
      .digest();
  // Compares signatures and not keys, so timing reveals nothing.
  const equal = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

  return {
    open(sent) {
      const until = String(now() + SESSION_SECONDS * 1000);
      const offered = sign(sent, until);
      const known = keys.filter((key) => equal(sign(key, until), offered));
      return known.length > 0 ? `${until}.${offered.toString('base64url')}` : null;
    },
    isOpen(request) {
      const [until = '', signature = ''] = (readCookie(request.headers.cookie, SESSION_COOKIE) ?? '').split('.');
      if (!/^\d{13}$/.test(until) || Number(until) < now()) return false;
      const offered = Buffer.from(signature, 'base64url');
      return keys.filter((key) => equal(sign(key, until), offered)).length > 0;
    },
  };
}

/** This server's secret, created at its first start in a file that only its user can read. */
export function sessionSecret(path: string): string {
  const kept = existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  if (kept.length >= 64) return kept; // a shorter one was cut off by a crash
  const secret = randomBytes(32).toString('hex');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${secret}\n`, { mode: 0o600 });
  return secret;
}
