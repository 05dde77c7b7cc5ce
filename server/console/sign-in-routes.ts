import { onwardPage, safePath } from '../../console/forms.ts';
import { type Login } from '../access/access.ts';
import { attemptSchema, CALLBACK, type SignIn } from '../../core/access/sign-in.ts';
import { createSeal } from '../access/seal.ts';
import { SESSION_COOKIE } from '../access/sessions.ts';
import { signInLimit } from '../protocols/limits/rate-limits.ts';
import { type Answers } from './answers.ts';
import { readCookie, setCookie } from './browser.ts';
import { type FastifyInstance } from 'fastify';

const ATTEMPT_COOKIE = 'perennial_sign_in';
const ATTEMPT_SECONDS = 600;

/** GET /login/oidc sends a browser to the provider, which sends it back to the callback. */
export function signInRoutes(
  app: FastifyInstance,
  { sessions, secret }: Login,
  signIn: SignIn,
  answers: Answers,
): void {
  const attempts = createSeal(secret, 'sign-in', attemptSchema);
  const options = { schema: { hide: true }, config: { access: 'open', rateLimit: signInLimit } } as const;

  app.get<{ Querystring: { next?: string } }>('/login/oidc', options, async (request, reply) => {
    const { to, attempt } = await signIn.begin(safePath(request.query.next ?? '/'));
    // Not a strict cookie: the provider sends the browser back, and it must bring this.
    setCookie(request, reply, ATTEMPT_COOKIE, attempts.close(attempt), ATTEMPT_SECONDS, 'Lax');
    return reply.redirect(to, 303);
  });

  app.get(CALLBACK, options, async (request, reply) => {
    const attempt = attempts.open(readCookie(request.headers.cookie, ATTEMPT_COOKIE) ?? '');
    setCookie(request, reply, ATTEMPT_COOKIE, '', 0, 'Lax'); // an attempt is used once
    const person = await signIn.finish(request.url, attempt);
    setCookie(request, reply, SESSION_COOKIE, sessions.open(person), sessions.seconds);
    // A redirect would come from the provider's site, and the browser would hold the strict cookie back.
    return answers.page(request, reply, onwardPage('Signed in', attempt!.next), null);
  });
}
