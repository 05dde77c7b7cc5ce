import { freshnessOf, type ReadNewestData } from '../../core/data/freshness.ts';
import { type Clock } from '../../core/time/clock.ts';
import { instant, MINUTE, SECOND, type Instant } from '../../core/time/time.ts';
import { within } from '../../core/time/time-limit.ts';
import { type Models } from './models/models.ts';
import { type FastifyInstance } from 'fastify';

/** A header, or metadata of gRPC: asks, with any value, how new the pipeline's data is. The answer has the same. */
export const FRESHNESS_HEADER = 'perennial-freshness';

const EVERY = MINUTE;
const LONGEST_READ = 5 * SECOND;

export interface FreshnessParts {
  models: Pick<Models, 'get'>;
  read: ReadNewestData;
  clock: Pick<Clock, 'now'>;
  everyMs?: number;
}

/** What a caller is told of a pipeline; null: no such pipeline is served. */
export type Freshness = (pipeline: string) => string | null;

/**
 * Tells who asks whether new data still arrives. Read once a minute: without the database the last answer stays, and
 * becomes stale with time, as the data does.
 */
export function tellFreshness(
  app: FastifyInstance,
  { models, read, clock, everyMs = EVERY }: FreshnessParts,
): Freshness {
  const newest = new Map<string, Instant>();
  let timer: NodeJS.Timeout | undefined;
  const look = async (): Promise<void> => {
    const found = await within(LONGEST_READ, 'reading the newest snapshots', read()).catch(() => []);
    for (const { pipeline, asOf } of found) newest.set(pipeline, asOf);
  };

  const freshness: Freshness = (pipeline) => {
    const known = models.get(pipeline);
    if (!known) return null;
    return freshnessOf(known.pipeline, newest.get(known.pipeline.name) ?? null, instant(clock.now()));
  };

  // After the guard: only who may ask is told.
  app.addHook('preHandler', (request, reply, done) => {
    if (request.headers[FRESHNESS_HEADER] !== undefined) {
      const { pipeline, model } = request.params as { pipeline?: string; model?: string };
      const told = freshness(pipeline ?? model ?? '');
      if (told !== null) void reply.header(FRESHNESS_HEADER, told);
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
  return freshness;
}
