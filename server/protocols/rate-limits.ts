import { UserError } from '../../core/base/errors.ts';
import { SECOND } from '../../core/time/time.ts';
import { sentKey } from './keys.ts';
import rateLimit, { type RateLimitOptions } from '@fastify/rate-limit';
import { type FastifyInstance } from 'fastify';

/** Callers that are remembered of each limit; beyond, who has not asked for longest is forgotten. */
const MOST_CALLERS = 5_000;

/** Lets a route say how often it may be asked, in its `config`; no other is limited. Counts are this process's own. */
export async function rateLimits(app: FastifyInstance): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    cache: MOST_CALLERS,
    // Only a refusal tells of its limit: predictions are answered thousands of times a second.
    addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
    errorResponseBuilder: (_request, { max, ttl }) =>
      new UserError(
        'TOO_MANY_REQUESTS',
        `More than ${max} requests came from this caller in a short time. Try again in ${Math.ceil(ttl / SECOND)} s.`,
      ),
  });
}

/** Who tries keys by an address has twenty tries in five minutes. */
export const loginLimit: RateLimitOptions = { max: 20, timeWindow: '5 minutes' };

/** A caller is a key, or an address where none is sent. */
export const predictionLimit = (perMinute: number): RateLimitOptions => ({
  max: perMinute,
  timeWindow: '1 minute',
  keyGenerator: (request) => sentKey(request) ?? request.ip,
});
