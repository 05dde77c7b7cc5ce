import { UserError } from '../../core/base/errors/errors.ts';
import { reportKinds } from '../../operations/reports.ts';
import { type PageContext } from '../../console/context.ts';
import { type FastifyInstance } from 'fastify';

/** A report contains data, so it must run no script, load nothing and not count as our page. */
const POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

/**
 * GET /pipelines/NAME/reports/drift|quality/ID and .../models/v3: the page that a loop wrote; .../models/v3.json: the card
 * for programs.
 */
export function reportRoute(app: FastifyInstance, { operations, reader }: PageContext): void {
  app.get<{ Params: { name: string; kind: string; id: string } }>(
    '/pipelines/:name/reports/:kind/:id',
    { schema: { hide: true }, config: { access: 'read' } },
    async (request, reply) => {
      const { name, kind: asked, id } = request.params;
      const kind = reportKinds.find((each) => each === asked);
      if (!kind)
        throw new UserError('REQUEST_INVALID', `There are no ${asked} reports; there are: ${reportKinds.join(', ')}.`);
      const card = kind === 'models' ? /^v?(\d{1,9})\.json$/.exec(id)?.[1] : undefined;
      if (card !== undefined) {
        const about = `card ${name}/${card}`;
        return reply.send(await reader.read(about, () => operations.reports.card(name, Number(card))));
      }
      const report = await reader.read(`report ${kind}/${name}/${id}`, () => operations.reports.stored(name, kind, id));
      void reply.header('content-security-policy', POLICY);
      return reply.type('text/html; charset=utf-8').send(report);
    },
  );
}
