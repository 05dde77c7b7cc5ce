import { actorWith } from '../../core/access/scopes.ts';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { type Door } from '../../operations/index.ts';
import { absenceOf, LONGEST_SHOWN, notThere } from '../protocols/errors.ts';
import { type Allowed } from '../protocols/methods.ts';
import { securityHeaders } from '../protocols/headers.ts';
import { health } from '../protocols/health/health.ts';
import { type Watched } from '../protocols/health/gauges.ts';
import { type Login } from '../access/access.ts';
import { actionRoutes } from './action-routes.ts';
import { createAnswers, type Answers } from './answers.ts';
import { assetRoutes } from './assets.ts';
import { isOurOwn, opensPage, wantsPage } from './browser.ts';
import { createLiveEvents } from './events.ts';
import { signInRoutes } from './sign-in-routes.ts';
import { statusOf } from './statuses.ts';
import { failurePage } from '../../console/layout.ts';
import { loginRoutes } from './login.ts';
import { type PageContext, type Parameters } from '../../console/context.ts';
import { liveAddress, pageAt, pages, queryOf } from '../../console/pages/index.ts';
import { type TemporalUi } from '../../console/elements.ts';
import { keyRoutes } from './key-routes.ts';
import { createReader } from './reader.ts';
import { tryRoutes } from './try-routes.ts';
import { reportRoute } from './stored-report.ts';
import { type FastifyInstance, type FastifyRequest } from 'fastify';

export interface ConsoleParts {
  /** null: this server only answers predictions. */
  operations: Door | null;
  watched: Watched;
  /** null: no keys are set, so the server answers only this machine. */
  login: Login | null;
  temporalUi: TemporalUi | null;
  /** Whether a simulated clock runs. */
  simulated: boolean;
  allowed: Allowed;
  patienceMs?: number;
}

/** GET / and everything below it: pages, actions, reports and live events, separate from the path of a prediction. */
export async function consoleRoutes(app: FastifyInstance, parts: ConsoleParts): Promise<void> {
  await app.register(async (scope) => {
    await securityHeaders(scope);
    addConsole(scope, parts);
  });
}

function addConsole(
  app: FastifyInstance,
  { operations, watched, login, temporalUi, simulated, allowed, patienceMs }: ConsoleParts,
): void {
  const answers = createAnswers(login?.sessions ?? null, simulated);
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers({ 'cache-control': 'no-store', vary: 'accept, cookie' });
    const forged = request.method === 'POST' && !isOurOwn(request);
    done(
      forged
        ? new UserError('REQUEST_INVALID', 'This request did not come from a page of this server. Nothing was changed.')
        : undefined,
    );
  });
  app.setErrorHandler((error: Error, request, reply) => {
    if (error instanceof UserError && error.code === 'KEYS_REQUIRED' && opensPage(request))
      return reply.redirect(`/login?next=${encodeURIComponent(request.url)}`, 303);
    const { status, code, message } = described(error);
    if (status >= 500 && code === 'INTERNAL') request.log.error({ err: error }, 'a page failed');
    void reply.code(status);
    if (!wantsPage(request)) return reply.send({ error: { code, message } });
    return answers.page(request, reply, failurePage(titles[status] ?? 'Something went wrong', message), null);
  });

  app.setNotFoundHandler((request, reply) => {
    if (!opensPage(request)) return notThere(request, reply, allowed);
    const { status, allow, message } = absenceOf(request, allowed);
    if (allow !== undefined) void reply.header('allow', allow);
    const page = failurePage(titles[404]!, status === 404 ? `There is no page ${shortened(request.url)}.` : message);
    return answers.page(request, reply.code(status), page, null);
  });

  assetRoutes(app);
  if (login) loginRoutes(app, login, answers);
  if (login?.signIn) signInRoutes(app, login, login.signIn, answers);
  if (operations === null) {
    withoutOperations(app, watched, answers);
    return;
  }
  const reader = createReader(patienceMs === undefined ? {} : { patienceMs });
  const context: PageContext = {
    operations: operations.as(actorWith(['read'], 'console', 'console')),
    serving: () => health(watched).pipelines,
    ui: temporalUi,
    simulated,
    reader,
  };
  for (const [url, build] of Object.entries(pages))
    app.get(
      url,
      {
        schema: { summary: 'A page of the console, or its facts', hide: url !== '/' },
        config: { access: 'read' },
      },
      async (request, reply) => {
        const live = liveAddress(request.url);
        const page = await build(context, { ...(request.params as Parameters), ...queryOf(live) });
        if (wantsPage(request)) return answers.page(request, reply, page, live);
        return reply.send(url === '/' ? { ...home(watched), ...(page.facts as object) } : page.facts);
      },
    );
  keyRoutes(app, operations, answers);
  tryRoutes(app, operations, answers);
  actionRoutes(app, { operations, reader }, answers);
  reportRoute(app, context);
  const options = { schema: { hide: true }, config: { access: 'read' } } as const;
  const maySee = (request: FastifyRequest): boolean => {
    try {
      return login === null || login.callerOf(request).scopes.includes('read');
    } catch {
      return false; // its key or session has ended
    }
  };
  const events = createLiveEvents((address) => pageAt(context, address), { log: app.log });
  app.get<{ Querystring: { page?: string } }>('/events', options, (request, reply) => {
    events.listen(request.query.page ?? '/', reply, () => maySee(request));
  });
  // Before the server waits for its connections to end: these never would.
  app.addHook('preClose', (done) => {
    events.close();
    done();
  });
}

const shortened = (url: string): string => url.split('?')[0]!.slice(0, LONGEST_SHOWN);

const titles: Record<number, string> = {
  403: 'Not permitted',
  404: 'Not found',
  409: 'Too late',
  429: 'Too many requests',
  503: 'Unavailable',
};

function described(error: Error): { status: number; code: string; message: string } {
  if (error instanceof UserError) return { status: statusOf(error.code), code: error.code, message: error.message };
  const status = 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status >= 400 && status < 500) return { status, code: 'REQUEST_INVALID', message: error.message };
  if (/did not end within/.test(messageOf(error)))
    return { status: 503, code: 'INTERNAL', message: `No answer yet: ${messageOf(error)}. Predictions continue.` };
  return { status: 500, code: 'INTERNAL', message: 'Unexpected server error. See its log.' };
}

const home = (watched: Watched) => {
  const { pipelines, ready } = health(watched);
  return {
    perennial: 'prediction server',
    ready,
    pipelines: Object.entries(pipelines).map(([name, { serves }]) => ({ name, serves, predict: `/predict/${name}` })),
    links: { docs: '/docs', openapi: '/openapi.json', health: '/health', metrics: '/metrics' },
  };
};

function withoutOperations(app: FastifyInstance, watched: Watched, answers: Answers): void {
  const options = { schema: { summary: 'What is served and where to look' }, config: { access: 'read' } } as const;
  app.get('/', options, (request, reply) => {
    if (!wantsPage(request)) return reply.send(home(watched));
    const words =
      'This server only answers predictions; its console is off. See /health for what it serves and /docs for how to call it.';
    return answers.page(request, reply, { ...failurePage('Predictions only', words), crumbs: [] }, null);
  });
}
