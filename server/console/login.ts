import { FORM_LIMIT } from '../protocols/body.ts';
import { isOurOwn, setCookie, wantsPage } from './browser.ts';
import { type Answers } from './answers.ts';
import { loginPage, safePath } from '../../console/forms.ts';
import { assets } from '../../console/layout.ts';
import { loginLimit } from '../protocols/rate-limits.ts';
import { SESSION_COOKIE, SESSION_SECONDS, type Sessions } from './session.ts';
import { type FastifyInstance, type FastifyRequest } from 'fastify';

const open = ['/login', assets.styles];

/** Requests without a key: the login, and those of a session. A session changes things only from our own pages. */
export const letsBrowserIn =
  (sessions: Sessions) =>
  (request: FastifyRequest): boolean =>
    open.includes(request.url.split('?')[0]!) ||
    (sessions.isOpen(request) && (request.method === 'GET' || isOurOwn(request)));

/** A browser sends a key once and gets a session for it; programs keep sending the key. */
export function loginRoutes(app: FastifyInstance, sessions: Sessions, answers: Answers): void {
  const schema = { schema: { hide: true }, bodyLimit: FORM_LIMIT };
  app.get<{ Querystring: { next?: string } }>('/login', schema, (request, reply) =>
    answers.page(request, reply, loginPage(safePath(request.query.next ?? '/'), null), null),
  );
  const limited = { ...schema, config: { rateLimit: loginLimit } };
  app.post<{ Body: { key?: unknown; next?: unknown } | undefined }>('/login', limited, (request, reply) => {
    const { key, next } = request.body ?? {};
    const path = typeof next === 'string' ? safePath(next) : '/';
    const session = typeof key === 'string' ? sessions.open(key) : null;
    const problem = "That is not one of this server's keys.";
    if (session === null)
      return wantsPage(request)
        ? answers.page(request, reply.code(401), loginPage(path, problem), null)
        : reply.code(401).send({ error: { code: 'KEYS_REQUIRED', message: problem } });
    setCookie(request, reply, SESSION_COOKIE, session, SESSION_SECONDS);
    return answers.goTo(request, reply, path);
  });
  app.post('/logout', schema, (request, reply) => {
    setCookie(request, reply, SESSION_COOKIE, '', 0);
    return answers.goTo(request, reply, '/login');
  });
}
