import { VERSION_HEADER } from '../serving/answers/predict.ts';
import { FRESHNESS_HEADER } from '../serving/freshness.ts';
import { type FastifyInstance } from 'fastify';

/** What web pages of other origins may ask: predictions and labels, and nothing of the console. */
const open = /^\/(predict|labels|v2)\//;

/**
 * Lets pages of the listed origins ask for predictions, with a key and never with the console's session: no answer
 * allows credentials. Call before the guard, since a browser asks for permission without a key.
 */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  app.addHook('onRequest', (request, reply, done) => {
    if (!open.test(request.url)) return done();
    void reply.header('vary', 'origin');
    const { origin } = request.headers;
    if (origin === undefined || !origins.includes(origin)) return done();
    void reply.header('access-control-allow-origin', origin);
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
      void reply.header('access-control-expose-headers', `retry-after, ${FRESHNESS_HEADER}`);
      return done();
    }
    void reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'GET, POST',
        'access-control-allow-headers': `authorization, content-type, ${VERSION_HEADER}, ${FRESHNESS_HEADER}`,
        'access-control-max-age': '600',
      })
      .send();
  });
}
