import { UserError } from '../../core/base/errors.ts';
import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { createHash, timingSafeEqual } from 'node:crypto';

/** isLoopback('127.0.0.1') // => true */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host.replace(/\.$/, ''));

/** Local is open only to this machine: an address that others reach needs keys. */
export function refuseOpenDoor(host: string, keys: readonly string[]): void {
  if (keys.length > 0 || isLoopback(host)) return;
  throw new UserError(
    'KEYS_REQUIRED',
    `The server is set to listen on ${host}, which other machines can reach, but has no keys. ` +
      `Set PERENNIAL_API_KEYS=key1,key2 (callers send "authorization: Bearer key1"), or PERENNIAL_HOST=127.0.0.1.`,
  );
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Lets in who sends one of the keys; /health stays open, for probes. Without keys only names of this machine are
 * answered, so that a web page cannot reach in by pointing its own name at 127.0.0.1. `letsIn`: what else is a key,
 * like a browser's session.
 */
export function guard(
  app: FastifyInstance,
  keys: readonly string[],
  letsIn: (request: FastifyRequest) => boolean = () => false,
): void {
  const digests = keys.map(digest);
  app.addHook('onRequest', (request, _reply, done) => {
    done(digests.length === 0 ? checkHost(request) : letsIn(request) ? undefined : checkKey(request, digests));
  });
}

function checkHost(request: FastifyRequest): UserError | undefined {
  if (isLoopback(request.hostname)) return undefined;
  return new UserError(
    'KEYS_REQUIRED',
    `Without keys this server answers only to names of its own machine, not to "${request.hostname}". ` +
      'Use 127.0.0.1, or set PERENNIAL_API_KEYS.',
  );
}

/** The key of "authorization: Bearer KEY". */
export const sentKey = (request: FastifyRequest): string | undefined =>
  /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];

function checkKey(request: FastifyRequest, digests: readonly Buffer[]): UserError | undefined {
  if (request.url === '/health' || request.url.startsWith('/health/')) return undefined;
  const sent = sentKey(request);
  const offered = digest(sent ?? '');
  // Compares every key, so timing reveals nothing.
  const matches = digests.filter((known) => timingSafeEqual(known, offered)).length;
  if (sent !== undefined && matches > 0) return undefined;
  return new UserError(
    'KEYS_REQUIRED',
    sent === undefined
      ? 'This request needs a key: send the header "authorization: Bearer KEY" with one of PERENNIAL_API_KEYS.'
      : "The key that was sent is not one of this server's PERENNIAL_API_KEYS.",
  );
}
