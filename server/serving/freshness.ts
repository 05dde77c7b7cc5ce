import { freshnessOf, type ReadNewestData } from '../../core/data/freshness.ts';
import { type Clock } from '../../core/time/clock.ts';
import { instant, MINUTE, SECOND, type Instant } from '../../core/time/time.ts';
import { within } from '../../core/time/time-limit.ts';
import { type Models } from './models/models.ts';
import { type FastifyInstance } from 'fastify';

/** Asks, with any value, how new the pipeline's data is; the answer has a header of the same name. */
export const FRESHNESS_HEADER = 'perennial-freshness';

const EVERY = MINUTE;
const LONGEST_READ = 5 * SECOND;

export interface FreshnessParts {
  models: Pick<Models, 'get'>;
  read: ReadNewestData;
  clock: Pick<Clock, 'now'>;
  everyMs?: number;
}

/**
 * Tells who asks whether new data still arrives. Read once a minute: without the database the last answer stays, and
 * becomes stale with time, as the data does.
 */
export function tellFreshness(app: FastifyInstance, { models, read, clock, everyMs = EVERY }: FreshnessParts): void {
  const newest = new Map<string, Instant>();
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    const found = await within(LONGEST_READ, 'reading the newest snapshots', read()).catch(() => []);
    for (const { pipeline, asOf } of found) newest.set(pipeline, asOf);
  };

  // After the guard: only who may ask is told.
  app.addHook('preHandler', (request, reply, done) => {
    if (request.headers[FRESHNESS_HEADER] !== undefined) {
      const { pipeline, model } = request.params as { pipeline?: string; model?: string };
      const known = models.get(pipeline ?? model ?? '');
      if (known)
        void reply.header(
          FRESHNESS_HEADER,
          freshnessOf(known.pipeline, newest.get(known.pipeline.name) ?? null, instant(clock.now())),
        );
    }
    done();
  });
  app.addHook('onReady', async () => {
    await look();
    timer = setInterval(() => void look(), everyMs);
    timer.unref();
  });
  app.addHook('onClose', (_app, done) => {
    clearInterval(timer);
    done();
  });
}
