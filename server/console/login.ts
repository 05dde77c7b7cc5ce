import { FORM_LIMIT } from '../protocols/limits/body.ts';
import { setCookie, wantsPage } from './browser.ts';
import { type Login } from '../access/access.ts';
import { type Answers } from './answers.ts';
import { loginPage, onwardPage, safePath } from '../../console/forms.ts';
import { loginLimit } from '../protocols/limits/rate-limits.ts';
import { SESSION_COOKIE } from '../access/sessions.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { type FastifyInstance } from 'fastify';

/** A browser sends a key once and gets a session for it; programs keep sending the key. */
export function loginRoutes(app: FastifyInstance, { ring, sessions, signIn }: Login, answers: Answers): void {
  const options = { schema: { hide: true }, bodyLimit: FORM_LIMIT, config: { access: 'open' } } as const;
  const atProvider = signIn !== null;
  app.get<{ Querystring: { next?: string } }>('/login', options, (request, reply) =>
    answers.page(
      request,
      reply,
      loginPage({ next: safePath(request.query.next ?? '/'), problem: null, atProvider }),
      null,
    ),
  );
  const limited = { ...options, config: { ...options.config, rateLimit: loginLimit } };
  app.post<{ Body: { key?: unknown; next?: unknown } | undefined }>('/login', limited, (request, reply) => {
    const { key, next } = request.body ?? {};
    const path = typeof next === 'string' ? safePath(next) : '/';
    try {
      const session = sessions.open(ring.open(typeof key === 'string' ? key.trim() : ''));
      setCookie(request, reply, SESSION_COOKIE, session, sessions.seconds);
      return answers.goTo(request, reply, path);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const { code, message } = error;
      return wantsPage(request)
        ? answers.page(request, reply.code(401), loginPage({ next: path, problem: message, atProvider }), null)
        : reply.code(401).send({ error: { code, message } });
    }
  });
  app.post('/logout', options, async (request, reply) => {
    const elsewhere = signIn && sessions.isPerson(request) ? await signIn.leave().catch(() => null) : null;
    setCookie(request, reply, SESSION_COOKIE, '', 0);
    // A form's answer may not redirect to another site: our own rules for pages forbid it.
    return elsewhere === null
      ? answers.goTo(request, reply, '/login')
      : answers.page(request, reply, onwardPage('Signed out here', elsewhere), null);
  });
}
