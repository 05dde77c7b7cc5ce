import { FORM_LIMIT } from '../protocols/body.ts';
import { isOurOwn, setCookie, wantsPage } from './browser.ts';
import { type Caller } from '../access/callers.ts';
import { type KeyRing } from '../access/key-ring.ts';
import { type Answers } from './answers.ts';
import { loginPage, safePath } from '../../console/forms.ts';
import { loginLimit } from '../protocols/rate-limits.ts';
import { SESSION_COOKIE, SESSION_SECONDS, type Sessions } from './session.ts';
import { UserError } from '../../core/base/errors.ts';
import { type FastifyInstance, type FastifyRequest } from 'fastify';

/** The caller of a browser's session, which changes things only from our own pages. */
export const signedInBy =
  (sessions: Sessions) =>
  (request: FastifyRequest): Caller | null =>
    request.method === 'GET' || isOurOwn(request) ? sessions.callerOf(request) : null;

/** A browser sends a key once and gets a session for it; programs keep sending the key. */
export function loginRoutes(app: FastifyInstance, ring: KeyRing, sessions: Sessions, answers: Answers): void {
  const options = { schema: { hide: true }, bodyLimit: FORM_LIMIT, config: { access: 'open' } } as const;
  app.get<{ Querystring: { next?: string } }>('/login', options, (request, reply) =>
    answers.page(request, reply, loginPage(safePath(request.query.next ?? '/'), null), null),
  );
  const limited = { ...options, config: { ...options.config, rateLimit: loginLimit } };
  app.post<{ Body: { key?: unknown; next?: unknown } | undefined }>('/login', limited, (request, reply) => {
    const { key, next } = request.body ?? {};
    const path = typeof next === 'string' ? safePath(next) : '/';
    try {
      const session = sessions.open(ring.open(typeof key === 'string' ? key.trim() : ''));
      setCookie(request, reply, SESSION_COOKIE, session, SESSION_SECONDS);
      return answers.goTo(request, reply, path);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const { code, message } = error;
      return wantsPage(request)
        ? answers.page(request, reply.code(401), loginPage(path, message), null)
        : reply.code(401).send({ error: { code, message } });
    }
  });
  app.post('/logout', options, (request, reply) => {
    setCookie(request, reply, SESSION_COOKIE, '', 0);
    return answers.goTo(request, reply, '/login');
  });
}
