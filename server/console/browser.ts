import { type FastifyReply, type FastifyRequest } from 'fastify';

/** Whether the client prefers a page to JSON, by its accept header; curl sends none, and gets JSON. */
export function wantsPage(request: FastifyRequest): boolean {
  const accepted = request.headers.accept ?? '';
  return (
    weightOf(accepted, 'text/html') > 0 && weightOf(accepted, 'text/html') >= weightOf(accepted, 'application/json')
  );
}

/** Whether somebody opens an address in a browser. */
export const opensPage = (request: FastifyRequest): boolean => request.method === 'GET' && wantsPage(request);

function weightOf(accepted: string, type: string): number {
  for (const range of accepted.toLowerCase().split(',')) {
    const [name, ...parameters] = range.split(';').map((each) => each.trim());
    if (name !== type) continue;
    const weight = parameters.find((each) => each.startsWith('q='))?.slice(2);
    return weight === undefined ? 1 : Number(weight) || 0;
  }
  return 0;
}

/**
 * Whether one of our own pages requested a change. A browser sends the form's origin; a client without one is a
 * program, which carries no cookie that another site could use.
 */
export function isOurOwn(request: FastifyRequest): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin } = request.headers;
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === request.headers.host;
}

/** readCookie('a=1; b=2', 'b') // => '2' */
export function readCookie(header: string | undefined, name: string): string | null {
  for (const pair of (header ?? '').split(';')) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return null;
}

/** Only for this server's pages: no script reads it, and no other site's form sends it. */
export function setCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  value: string,
  seconds: number,
  sameSite: 'Strict' | 'Lax' = 'Strict',
): void {
  // A proxy that ends TLS sends this header; if a client fakes it, only that client's cookie is stricter than
  // necessary.
  const secure = request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';
  const cookie = `${name}=${value}; Path=/; HttpOnly; SameSite=${sameSite}; Max-Age=${seconds}${secure ? '; Secure' : ''}`;
  const before = reply.getHeader('set-cookie');
  void reply.header('set-cookie', before === undefined ? cookie : [before, cookie].flat().map(String));
}
