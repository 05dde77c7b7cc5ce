import { UserError } from '../../core/base/errors/errors.ts';
import { type ModelVersion } from '../../core/training/training.ts';
import { type WhatIf } from '../../core/explaining/what-if.ts';
import { FORM_LIMIT } from '../protocols/limits/body.ts';
import { type Door, type Operations } from '../../operations/index.ts';
import { versionIn } from '../../core/training/versions/version-names.ts';
import { fieldName, tryPage } from '../../console/pages/try.ts';
import { actorOf } from '../access/callers.ts';
import { type Answers } from './answers.ts';
import { wantsPage } from './browser.ts';
import { type FastifyInstance, type FastifyRequest } from 'fastify';
import * as z from 'zod';

interface At {
  Params: { name: string };
}

/**
 * GET shows the typical row, or with ?from= that of a prediction; POST tries the row of a form, whose values then are in
 * no address and no log. A program posts the same as JSON: {"versions": [3, 5], "row": {...}}.
 */
export function tryRoutes(app: FastifyInstance, operations: Door, answers: Answers): void {
  const options = { schema: { hide: true }, bodyLimit: FORM_LIMIT, config: { access: 'read' } } as const;
  const asking = (request: FastifyRequest): Operations =>
    operations.as(actorOf(request, wantsPage(request) ? 'console' : 'api'));

  async function page(request: FastifyRequest, name: string, tried: WhatIf) {
    const versions = await asking(request).models.list(name);
    return tryPage(tried, versions.map(({ version }) => version)); // prettier-ignore
  }

  app.get<At>('/pipelines/:name/try', options, async (request, reply) => {
    const { name } = request.params;
    const query = new URLSearchParams(request.url.split('?')[1]);
    const asked = await versionsIn(asking(request), name, query.getAll('version'));
    const tried = await attempt(asking(request), {
      pipeline: name,
      versions: asked.length > 0 ? asked : usualVersions(await asking(request).models.list(name), name),
      prediction: query.get('from')?.trim() ?? '',
    });
    if (!wantsPage(request)) return reply.send(tried);
    return answers.page(request, reply, await page(request, name, tried), null);
  });

  app.post<At>('/pipelines/:name/try', options, async (request, reply) => {
    const { name } = request.params;
    const isJson = request.headers['content-type']?.startsWith('application/json') === true;
    const asked = isJson
      ? parsed(request.body)
      : await fromForm((request.body ?? {}) as Record<string, string>, (texts) =>
          versionsIn(asking(request), name, texts),
        );
    const tried = await attempt(asking(request), { ...asked, pipeline: name });
    if (!wantsPage(request)) return reply.send(tried);
    return answers.page(request, reply, await page(request, name, tried), null);
  });
}

const schema = z.strictObject({
  versions: z.array(z.int().min(1)),
  row: z.record(z.string(), z.unknown()).optional(),
  changed: z.string().optional(),
  by: z.number().optional(),
  prediction: z.string().optional(),
});

function parsed(body: unknown): z.output<typeof schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  throw new UserError('REQUEST_INVALID', `This is no row to try:\n${z.prettifyError(result.error)}`);
}

/** An empty text is a choice that was not made. */
async function fromForm(form: Record<string, string>, versionsOf: (texts: string[]) => Promise<number[]>) {
  const { version = '', beside = '', changed = '', by = '', prediction = '' } = form;
  const columns = Object.entries(form).filter(([name]) => name.startsWith(fieldName('')));
  return {
    versions: await versionsOf([version, beside]),
    row: Object.fromEntries(columns.map(([name, text]) => [name.slice(fieldName('').length), text])),
    written: true,
    ...(changed !== '' && { changed }),
    ...(by !== '' && Number.isFinite(Number(by)) && { by: Number(by) }),
    prediction,
  };
}

/** Of what is not left empty. */
const versionsIn = ({ models }: Operations, pipeline: string, texts: string[]): Promise<number[]> =>
  Promise.all(texts.filter((text) => text !== '').map((text) => versionIn(text, pipeline, models)));

type Asked = Parameters<Operations['models']['try']>[0] & { prediction?: string | undefined };

const attempt = ({ models }: Operations, { prediction = '', ...asked }: Asked): Promise<WhatIf> =>
  prediction === '' ? models.try(asked) : models.tryLogged({ ...asked, prediction });

/** The champion, or without one the newest version, and the newest of the others. */
function usualVersions(versions: readonly ModelVersion[], pipeline: string): number[] {
  const [newest] = versions;
  if (!newest) throw new UserError('NO_CHAMPION', `${pipeline} has no version to try yet. Train one: perennial run ${pipeline} training`); // prettier-ignore
  const first = versions.find(({ stage }) => stage === 'production') ?? newest;
  const second = versions.find(({ version }) => version !== first.version);
  return [first.version, ...(second ? [second.version] : [])];
}
