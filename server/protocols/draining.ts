import { type FastifyInstance } from 'fastify';
import { type Server } from 'node:http';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';

/** Kept-alive connections hear with their next answer that they end; an idle one is closed after this. */
const LAST_CALL_MS = 500;
/** Requests under way may finish, but we do not wait for a caller that never reads its answer. */
const LAST_REQUESTS_MS = 3_000;

export interface Draining {
  /** From now on the server is not ready, and each answer closes its connection. */
  begin(): void;
  readonly begun: boolean;
}

export function createDraining(app: FastifyInstance): Draining {
  let begun = false;
  app.addHook('preClose', (done) => {
    begun = true;
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (begun) void reply.header('connection', 'close');
    done(null, payload);
  });
  return {
    begin: () => void (begun = true),
    get begun() {
      return begun;
    },
  };
}

/** Stops without failing a request: not ready at once, deaf after `delayMs`, when balancers have heard of it. */
export async function drainAndClose(app: FastifyInstance, draining: Draining, delayMs: number): Promise<void> {
  draining.begin();
  await sleep(delayMs);
  await lastCall(app.server);
  setTimeout(() => app.server.closeAllConnections(), LAST_REQUESTS_MS).unref();
  await app.close();
}

async function lastCall(server: Server): Promise<void> {
  const open = promisify(server.getConnections.bind(server));
  for (const end = Date.now() + LAST_CALL_MS; Date.now() < end && (await open()) > 0;) await sleep(20);
}
