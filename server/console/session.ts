import { readCookie } from './browser.ts';
import { type FastifyRequest } from 'fastify';
import { createHmac, timingSafeEqual } from 'node:crypto';

export const SESSION_COOKIE = 'perennial_session';
export const SESSION_SECONDS = 12 * 3600;

export interface Sessions {
  /** The cookie's value for whoever sent one of the keys; null for another. */
  open(key: string): string | null;
  isOpen(request: FastifyRequest): boolean;
}

/**
 * A session is its end and a signature made with the key, so it survives a restart, holds on every replica, and ends
 * when its key is taken away. The key itself is not in it.
 */
export function createSessions(keys: readonly string[], now: () => number = Date.now): Sessions {
  const sign = (key: string, until: string): Buffer =>
    createHmac('sha256', key).update(`perennial session until ${until}`).digest();
  // Signatures are compared and not keys, so that the time taken tells nothing.
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
