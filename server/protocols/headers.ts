import helmet from '@fastify/helmet';
import { type FastifyInstance } from 'fastify';

/**
 * The rules of each page for the browser: no inline script or style, nothing from other sites, no foreign frame. Stored
 * reports have a stricter policy. Only for the console: on a prediction, which no browser shows, these headers cost
 * about as much as the rest of the answer.
 */
export async function securityHeaders(app: FastifyInstance): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        scriptSrc: ["'self'"],
        connectSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Not "no-referrer": with that a browser hides where a form was sent from, from us too.
    referrerPolicy: { policy: 'same-origin' },
    // The proxy that ends TLS sends it: at "localhost" it would lock out other servers of this machine.
    strictTransportSecurity: false,
  });
}
