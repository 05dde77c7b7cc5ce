import { type Draining } from '../draining.ts';
import { describeServing } from '../../serving/serving.ts';
import { type Watched } from './gauges.ts';
import { instant } from '../../../core/time/time.ts';
import { type FastifyInstance } from 'fastify';

/** What a server reports. Ready: it can answer for at least one pipeline, and does not stop; live: the process runs. */
export interface Health {
  live: true;
  ready: boolean;
  /** It answers what still comes, and asks balancers to send no more. */
  stopping: boolean;
  pipelines: Record<string, PipelineHealth>;
  spool: { bytes: number; segments: number; dropped: number; sampledOut: number; shed: number; unreadable: number };
  database: { reachable: boolean; lastContact: string | null };
}

export interface PipelineHealth {
  /** The champion; null while nothing serves. */
  version: number | null;
  /** A version that scores the requests too, and answers none. */
  shadow: number | null;
  fallback: number | null;
  generation: number | null;
  serves: string | null;
  /** Why the newest traffic is not served, or its declaration is unreadable; null when all is well. */
  problem: string | null;
}

export function health({ models, spool, shipper, watch }: Watched, stopping = false): Health {
  const unreadable = [...models.unreadable].map(([name, problem]): [string, PipelineHealth] => [
    name,
    { version: null, shadow: null, fallback: null, generation: null, serves: null, problem },
  ]);
  const known = models.all().map(({ pipeline, serving, problem }): [string, PipelineHealth] => [
    pipeline.name,
    {
      version: serving?.champion.model.version ?? null,
      shadow: serving?.shadow?.model.version ?? null,
      fallback: serving?.fallback?.model.version ?? null,
      generation: serving?.generation ?? null,
      serves: serving ? describeServing(serving) : null,
      problem: problem ?? models.unreadable.get(pipeline.name) ?? null,
    },
  ]);
  const pipelines = [...unreadable, ...known];
  return {
    live: true,
    ready: !stopping && pipelines.some(([, { version }]) => version !== null),
    stopping,
    pipelines: Object.fromEntries(pipelines),
    spool: {
      bytes: spool.bytes,
      segments: spool.segments,
      dropped: spool.dropped,
      sampledOut: spool.sampledOut,
      shed: spool.shed,
      unreadable: shipper.totals.unreadable,
    },
    database: {
      reachable: watch.reachable,
      lastContact: watch.lastContact === null ? null : instant(watch.lastContact),
    },
  };
}

/** GET /health and /health/ready answer 503 while nothing can be served; /health/live answers as long as it can. */
export function healthRoutes(app: FastifyInstance, watched: Watched, draining: Pick<Draining, 'begun'>): void {
  for (const url of ['/health', '/health/ready'])
    app.get(
      url,
      {
        schema: { summary: 'What is served, and any problems; 503 while nothing can be served', security: [] },
        config: { access: 'open' },
      },
      (_request, reply) => {
        const now = health(watched, draining.begun);
        return reply.code(now.ready ? 200 : 503).send(now);
      },
    );
  app.get(
    '/health/live',
    { schema: { summary: 'Answers while the process is alive', security: [] }, config: { access: 'open' } },
    () => ({ live: true }),
  );
  app.get(
    '/api/v1/health',
    {
      schema: {
        summary: 'Whether models are loaded; 503 while none is',
        security: [],
        response: { 200: modelHealthSchema, 503: modelHealthSchema },
      },
      config: { access: 'open' },
    },
    (_request, reply) => {
      const now = health(watched, draining.begun);
      return reply.code(now.ready ? 200 : 503).send(modelHealth(now));
    },
  );
}

/** The answer of GET /api/v1/health: what monitors commonly ask a model server. */
export interface ModelHealth {
  status: 'healthy' | 'degraded' | 'unavailable' | 'stopping';
  /** Whether any pipeline has a model in memory. */
  model_loaded: boolean;
  pipelines: Record<string, { model_loaded: boolean; model_version: number | null; problem: string | null }>;
}

/** Degraded: it answers, but not for every pipeline, or not with the newest traffic. */
function modelHealth({ ready, stopping, pipelines }: Health): ModelHealth {
  const all = Object.entries(pipelines);
  const well = all.every(([, { version, problem }]) => version !== null && problem === null);
  return {
    status: stopping ? 'stopping' : !ready ? 'unavailable' : well ? 'healthy' : 'degraded',
    model_loaded: all.some(([, { version }]) => version !== null),
    pipelines: Object.fromEntries(
      all.map(([name, { version, problem }]) => [
        name,
        { model_loaded: version !== null, model_version: version, problem },
      ]),
    ),
  };
}

const modelHealthSchema = {
  type: 'object',
  required: ['status', 'model_loaded', 'pipelines'],
  additionalProperties: false,
  properties: {
    status: { type: 'string', enum: ['healthy', 'degraded', 'unavailable', 'stopping'] },
    model_loaded: { type: 'boolean' },
    pipelines: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        required: ['model_loaded', 'model_version', 'problem'],
        additionalProperties: false,
        properties: {
          model_loaded: { type: 'boolean' },
          model_version: { type: ['integer', 'null'] },
          problem: { type: ['string', 'null'] },
        },
      },
    },
  },
};
