import { type Scope } from '../../core/access/scopes.ts';
import { type FastifyInstance, type RouteOptions } from 'fastify';

/** The scope that a route needs; open: it answers everybody. */
export type Access = Scope | 'open';

declare module 'fastify' {
  interface FastifyContextConfig {
    access: Access;
  }
  interface FastifyInstance {
    /** Every route with the scope that it needs. */
    accessOf: readonly { method: string; url: string; access: Access }[];
  }
}

/** Makes every route that is added from now on declare what it needs: without it the server does not start. */
export function requireAccess(app: FastifyInstance): void {
  const routes: RouteOptions[] = [];
  app.addHook('onRoute', (route) => void routes.push(route));
  app.decorate('accessOf', {
    getter: () =>
      routes.flatMap(({ method, url, config }) =>
        [method].flat().map((each) => ({ method: each, url, access: config!.access })),
      ),
  });
  app.addHook('onReady', (done) => {
    const lacking = routes.filter(({ config }) => config?.access === undefined);
    const names = lacking.map(({ method, url }) => `${[method].flat().join('|')} ${url}`);
    done(lacking.length > 0 ? new Error(`Declare config.access of ${names.join(', ')}`) : undefined);
  });
}

/** The same access for every route that is added from now on: for a plugin that declares none. */
export function allNeed(app: FastifyInstance, access: Access): void {
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, access };
  });
}
