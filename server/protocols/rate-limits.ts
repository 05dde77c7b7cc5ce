import { UserError } from '../../core/base/errors.ts';
import { SECOND } from '../../core/time/time.ts';
import { sentKey } from './keys.ts';
import rateLimit, { type RateLimitOptions } from '@fastify/rate-limit';
import { type FastifyInstance } from 'fastify';

/** Callers remembered per limit; beyond that, the least recent is forgotten. */
const MOST_CALLERS = 5_000;

/** Limits routes that set a limit in their `config`; others are unlimited. Each process counts for itself. */
export async function rateLimits(app: FastifyInstance): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    cache: MOST_CALLERS,
    // Only a refusal carries the limit's headers: the server answers thousands of predictions a second.
    addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
    errorResponseBuilder: (_request, { max, ttl }) =>
      new UserError(
        'TOO_MANY_REQUESTS',
        `More than ${max} requests came from this caller in a short time. Try again in ${Math.ceil(ttl / SECOND)} s.`,
      ),
  });
}

/** An address has twenty sign-ins in five minutes. */
export const loginLimit: RateLimitOptions = { max: 20, timeWindow: '5 minutes' };

/** A caller is a key, or an address without one. */
export const predictionLimit = (perMinute: number): RateLimitOptions => ({
  max: perMinute,
  timeWindow: '1 minute',
  keyGenerator: (request) => sentKey(request) ?? request.ip,
});
