import { UserError } from '../../core/base/errors/errors.ts';
import { FORM_LIMIT } from '../protocols/limits/body.ts';
import { type Door } from '../../operations/index.ts';
import { within } from '../../core/time/time-limit.ts';
import { type Action } from '../../console/action.ts';
import { actions } from '../../console/actions.ts';
import { actorOf } from '../access/callers.ts';
import { wantsPage } from './browser.ts';
import { type Answers } from './answers.ts';
import { confirmPage } from '../../console/forms.ts';
import { backFrom } from '../../console/elements.ts';
import { type ForgetfulReader } from './reader.ts';
import { type FastifyInstance } from 'fastify';

/** Longer than an approval waits for its outcome. */
const PATIENCE_MS = 20_000;

interface Parts {
  operations: Door;
  reader: ForgetfulReader;
}

/** GET shows what would happen and asks for confirmation; POST does it. A program can POST the same as JSON. */
export function actionRoutes(app: FastifyInstance, { operations, reader }: Parts, answers: Answers): void {
  const options = { schema: { hide: true }, bodyLimit: FORM_LIMIT, config: { access: 'operate' } } as const;
  app.get<{ Params: { action: string } }>('/actions/:action', options, async (request, reply) => {
    const [action, given] = [find(request.params.action), strings(request.query)];
    const asked = operations.as(actorOf(request, wantsPage(request) ? 'console' : 'api'));
    const subject = action.subject ? await within(PATIENCE_MS, action.verb, action.subject(asked, given)) : null;
    const page = confirmPage(request.params.action, action, given, subject);
    return wantsPage(request) ? answers.page(request, reply, page, null) : reply.send(page.facts);
  });
  app.post<{ Params: { action: string } }>('/actions/:action', options, async (request, reply) => {
    const { perform, verb } = find(request.params.action);
    const given = strings(request.body);
    try {
      const asked = operations.as(actorOf(request, wantsPage(request) ? 'console' : 'api'));
      const words = await within(PATIENCE_MS, verb, perform(asked, given));
      return wantsPage(request) ? answers.goTo(request, reply, backFrom(given), words) : reply.send({ done: words });
    } finally {
      reader.forget();
    }
  });
}

function find(name: string): Action {
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (action) return action;
  throw new UserError(
    'REQUEST_INVALID',
    `There is no action "${name}"; there are: ${Object.keys(actions).join(', ')}.`,
  );
}

/** What a form, a query or a flat JSON object holds. */
function strings(sent: unknown): Record<string, string> {
  if (typeof sent !== 'object' || sent === null) return {};
  const flat = Object.entries(sent).filter(([, value]) => ['string', 'number'].includes(typeof value));
  return Object.fromEntries(flat.map(([name, value]) => [name, String(value)]));
}
