import { UserError } from '../../core/base/errors.ts';
import { SECOND } from '../../core/time/time.ts';
import rateLimit, { type RateLimitOptions } from '@fastify/rate-limit';
import { type FastifyInstance, type FastifyRequest } from 'fastify';

/** Callers remembered; beyond that, the least recent is forgotten. */
const MOST_CALLERS = 5_000;

/**
 * How many predictions a caller may ask for in a minute, on all routes of that scope together. A caller is a key, or an
 * address without one. Each process counts for itself.
 */
export async function rateLimits(app: FastifyInstance, predictionsPerMinute: number | undefined): Promise<void> {
  const limitOf = ({ routeOptions }: FastifyRequest): number | undefined =>
    routeOptions.config.access === 'predict' ? predictionsPerMinute : undefined;
  await app.register(rateLimit, {
    max: (request) => limitOf(request)!,
    allowList: (request) => limitOf(request) === undefined,
    timeWindow: '1 minute',
    keyGenerator: (request) => request.caller?.id ?? request.ip,
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
export const loginLimit: RateLimitOptions = { max: 20, timeWindow: '5 minutes', allowList: [] };
