import helmet from '@fastify/helmet';
import { type FastifyInstance } from 'fastify';

/**
 * What each page tells the browser that shows it: no inline script or style, nothing from elsewhere, in nobody's frame.
 * Stored reports have a stricter policy. For the console's scope only: on a prediction, which no browser shows, these
 * headers cost about as much as all the rest of its answer.
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
    // Whoever ends TLS in front of us says it: at "localhost" it would lock other servers of the machine out.
    strictTransportSecurity: false,
  });
}
