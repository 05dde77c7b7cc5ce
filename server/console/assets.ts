import { assets } from './layout.ts';
import { type FastifyInstance } from 'fastify';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The one stylesheet and the one script, as they lie here. */
export function assetRoutes(app: FastifyInstance): void {
  for (const [url, file, type] of [
    [assets.styles, 'console.css', 'text/css; charset=utf-8'],
    [assets.script, 'live.js', 'text/javascript; charset=utf-8'],
  ] as const) {
    const body = readFileSync(new URL(file, import.meta.url), 'utf8');
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 20)}"`;
    app.get(url, { schema: { hide: true } }, (request, reply) => {
      void reply.headers({ etag, 'cache-control': 'no-cache' });
      return request.headers['if-none-match'] === etag ? reply.code(304).send() : reply.type(type).send(body);
    });
  }
}
