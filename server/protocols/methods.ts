import { type FastifyInstance, type FastifyRequest } from 'fastify';

/** The methods that an address takes, for one that it does not: allowed('/health') // => ['GET'] */
export type Allowed = (request: FastifyRequest) => string[];

/** Remembers every route that is added from now on. */
export function rememberMethods(app: FastifyInstance): Allowed {
  const routes = new Map<string, { path: RegExp; methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const pattern = url
      .split('/')
      .map((part) => (part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : escaped(part)));
    const route = routes.get(url) ?? { path: new RegExp(`^${pattern.join('/')}/?$`), methods: new Set<string>() };
    for (const each of [method].flat()) route.methods.add(each);
    routes.set(url, route);
  });
  return ({ url }) => {
    const path = url.split('?')[0]!;
    return [...routes.values()].flatMap((route) => (route.path.test(path) ? [...route.methods] : []));
  };
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
