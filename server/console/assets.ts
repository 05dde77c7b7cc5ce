import { styles } from '../../pages/styles.ts';
import { assets } from '../../console/layout.ts';
import { type FastifyInstance } from 'fastify';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The one style sheet and the one script. */
export function assetRoutes(app: FastifyInstance): void {
  const script = readFileSync(new URL('../../console/live.js', import.meta.url), 'utf8');
  for (const [url, body, type] of [
    [assets.styles, styles, 'text/css; charset=utf-8'],
    [assets.script, script, 'text/javascript; charset=utf-8'],
  ] as const) {
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 20)}"`;
    app.get(url, { schema: { hide: true }, config: { access: 'open' } }, (request, reply) => {
      void reply.headers({ etag, 'cache-control': 'no-cache' });
      return request.headers['if-none-match'] === etag ? reply.code(304).send() : reply.type(type).send(body);
    });
  }
}
