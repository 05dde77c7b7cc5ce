import { type KeyWish } from '../../core/access/keys.ts';
import { scopes } from '../../core/access/scopes.ts';
import { createdPage, keysPage } from '../../console/pages/keys.ts';
import { type Door, type Operations } from '../../operations/index.ts';
import { actorOf } from '../access/callers.ts';
import { FORM_LIMIT } from '../protocols/limits/body.ts';
import { type Answers } from './answers.ts';
import { wantsPage } from './browser.ts';
import { type FastifyInstance, type FastifyRequest } from 'fastify';

/** The page of keys, and the same for programs: GET and POST /keys, POST /keys/ID/revoke. */
export function keyRoutes(app: FastifyInstance, operations: Door, answers: Answers): void {
  const options = { schema: { hide: true }, bodyLimit: FORM_LIMIT, config: { access: 'admin' } } as const;
  const keysFor = (request: FastifyRequest): Operations['keys'] =>
    operations.as(actorOf(request, wantsPage(request) ? 'console' : 'api')).keys;

  app.get('/keys', options, async (request, reply) => {
    const page = keysPage(await keysFor(request).list(), Date.now());
    return wantsPage(request) ? answers.page(request, reply, page, null) : reply.send(page.facts);
  });
  app.post('/keys', options, async (request, reply) => {
    const page = createdPage(await keysFor(request).create(wishOf(request)));
    void reply.code(201);
    return wantsPage(request) ? answers.page(request, reply, page, null) : reply.send(page.facts);
  });
  app.post<{ Params: { id: string } }>('/keys/:id/revoke', options, async (request, reply) => {
    const key = await keysFor(request).revoke(request.params.id);
    return wantsPage(request)
      ? answers.goTo(request, reply, '/keys', `Revoked key ${key.id} of ${key.name}.`)
      : reply.send(key);
  });
}

/** A program sends a wish as it is, a form each of its fields as text. */
function wishOf({ body, headers }: FastifyRequest): KeyWish {
  if (headers['content-type']?.startsWith('application/json')) return body as KeyWish;
  const given = (body ?? {}) as Record<string, string>;
  const { name = '', pipelines = '', perMinute = '', expires = '' } = given;
  const named = pipelines.split(',').map((each) => each.trim()).filter((each) => each !== ''); // prettier-ignore
  return {
    name,
    scopes: scopes.filter((scope) => given[`scope-${scope}`] !== undefined),
    pipelines: named.length > 0 ? named : null,
    perMinute: perMinute === '' ? null : Number(perMinute),
    expires: expires === '' ? null : expires,
  };
}
