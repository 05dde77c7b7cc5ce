import { UserError } from '../../../core/base/errors/errors.ts';
import { SECOND } from '../../../core/time/time.ts';
import rateLimit, { type RateLimitOptions } from '@fastify/rate-limit';
import { type Caller } from '../../access/callers.ts';
import { type FastifyInstance, type FastifyRequest } from 'fastify';

/** Callers remembered; beyond that, the least recent is forgotten. */
const MOST_CALLERS = 5_000;

/**
 * How many requests a key may send in a minute: of any kind if the key says so, else predictions as the setting says.
 * Without a key its address is counted. Each process counts for itself.
 */
export async function rateLimits(app: FastifyInstance, predictionsPerMinute: number | undefined): Promise<void> {
  const limitOf = ({ caller, routeOptions: { config } }: FastifyRequest): number | undefined =>
    config.access === 'open'
      ? undefined
      : (caller?.perMinute ?? (config.access === 'predict' ? predictionsPerMinute : undefined));
  await app.register(rateLimit, {
    max: (request) => limitOf(request)!,
    allowList: (request) => limitOf(request) === undefined,
    timeWindow: '1 minute',
    keyGenerator: (request) => request.caller?.id ?? request.ip,
    cache: MOST_CALLERS,
    // Only a refusal carries the limit's headers: the server answers thousands of predictions a second.
    addHeadersOnExceeding: { 'x-ratelimit-limit': false, 'x-ratelimit-remaining': false, 'x-ratelimit-reset': false },
    errorResponseBuilder: (_request, context) => tooMany(context),
  });
}

const tooMany = ({ max, ttl }: { max: number; ttl: number }): UserError =>
  new UserError(
    'TOO_MANY_REQUESTS',
    `More than ${max} requests came from this caller in a short time. Try again in ${Math.ceil(ttl / SECOND)} s.`,
  );

/** Counts a request for predictions that came by no route, together with the others; throws when it is one too many. */
export function limiterOf(app: FastifyInstance): (caller: Caller, ip: string) => Promise<void> {
  const count = app.createRateLimit();
  return async (caller, ip) => {
    const request = { caller, ip, routeOptions: { config: { access: 'predict' } } };
    const found = await count(request as FastifyRequest);
    if (!found.isAllowed && found.isExceeded) throw tooMany(found);
  };
}

/** A hundred people behind one address may sign in elsewhere in five minutes. */
export const signInLimit: RateLimitOptions = { max: 100, timeWindow: '5 minutes', allowList: [] };
/** An address has twenty sign-ins in five minutes. */
export const loginLimit: RateLimitOptions = { max: 20, timeWindow: '5 minutes', allowList: [] };
