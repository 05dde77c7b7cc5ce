import { type Clock } from '../core/time/clock.ts';
import { type AutomationLedger } from '../core/automations/automations.ts';
import { type ReadNewestData } from '../core/data/freshness.ts';
import { type ObjectStore } from '../core/data/objects/objects.ts';
import { type Pipelines } from '../core/declaration/pipelines.ts';
import { type SentLabels } from '../core/data/labels/sent-labels.ts';
import { type Outcomes } from '../core/data/labels/outcomes.ts';
import { type PredictionLog } from '../core/data/predictions/prediction-log.ts';
import { type ReadFleetFacts } from '../core/runs/fleet-facts.ts';
import { type ReadRolloutCounts } from '../core/rollout/rollout-counts.ts';
import { type Tallies } from '../core/rollout/evidence/tally.ts';
import { type TrafficTable } from '../core/rollout/traffic.ts';
import { type Door } from '../operations/index.ts';
import { controlAccess, type AccessParts } from './access/access.ts';
import { requireAccess } from './access/routes.ts';
import { createAutomating } from './watching/automating.ts';
import { alerting, type AlertingParts } from './watching/alerting.ts';
import { fleetMetrics } from './watching/metrics/fleet-metrics.ts';
import { rolloutMetrics } from './watching/metrics/rollout-metrics.ts';
import { BODY_LIMIT, parseBodies, refuseBrokenText } from './protocols/limits/body.ts';
import {
  connectionOptions,
  limitConnections,
  usualConnections,
  type ConnectionLimits,
} from './protocols/limits/connections.ts';
import { allowOrigins } from './protocols/cors.ts';
import { batchRoute } from './protocols/batch/route.ts';
import { labelRoute } from './protocols/facts/labels.ts';
import { outcomeRoute } from './protocols/facts/outcomes.ts';
import { shedding, usualWork, type WorkLimits } from './protocols/limits/shedding.ts';
import { createCounting } from './shipping/counting.ts';
import { answerErrors, notThere } from './protocols/errors.ts';
import { opensPage } from './console/browser.ts';
import { consoleRoutes } from './console/console.ts';
import { type TemporalUi } from '../console/elements.ts';
import { createDraining, type Draining } from './protocols/draining.ts';
import type { GrpcServer } from './protocols/inference/grpc.ts';
import { createGrpcPort } from './protocols/inference/grpc-port.ts';
import { inferenceRoutes } from './protocols/inference/rest.ts';
import { healthRoutes } from './protocols/health/health.ts';
import { createAnswering } from './serving/answers/answering.ts';
import { createBreakers } from './serving/breakers/breakers.ts';
import { createModelFiles } from './serving/models/load-model.ts';
import { rememberMethods } from './protocols/methods.ts';
import { type Watched } from './protocols/health/gauges.ts';
import { createMetrics, metricsRoute, type Metrics } from './protocols/health/prometheus.ts';
import { createModels } from './serving/models/models.ts';
import { folderOf, isFirst, leftSpools, onlyProcess, type Place } from './processes/place.ts';
import { type TakingUpOptions } from './serving/traffic/taking-up.ts';
import { tellFreshness } from './serving/freshness.ts';
import { openapiRoutes } from './protocols/openapi.ts';
import { predictRoute } from './serving/answers/predict.ts';
import { limiterOf, rateLimits } from './protocols/limits/rate-limits.ts';
import { createCountKeeper } from './shipping/served-counts.ts';
import { createStateFile } from './serving/models/serving-state.ts';
import { createScoring } from './serving/answers/scoring.ts';
import { createShadowing } from './serving/answers/shadowing.ts';
import { createShipper } from './shipping/shipper.ts';
import { shipLeftSpools } from './shipping/left-spools.ts';
import { createSpool, type SpoolOptions } from './shipping/spool.ts';
import { within } from '../core/time/time-limit.ts';
import { traceRequests } from './protocols/traces.ts';
import { createTallying } from './serving/tallies/tallying.ts';
import { createTrafficWatch, type TrafficFeed } from './serving/traffic/traffic-watch.ts';
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { join } from 'node:path';

const FIRST_LOOK_MS = 5_000;
/** By when, after a stop began, each has to be done: the next one gets the time that another leaves, on a busy machine too. */
const LAST_SHIPPING_MS = 4_000;
const LAST_COUNTING_MS = 6_000;
const LAST_TELLING_MS = 7_000;

export interface ServerParts extends AccessParts {
  traffic: Pick<TrafficTable, 'list'>;
  modelVersions: TakingUpOptions['modelVersions'];
  pipelines: Pick<Pipelines, 'list' | 'declaration'>;
  predictions: Pick<PredictionLog, 'append' | 'countShipped'>;
  /** Where what each version does under the traffic is written. */
  tallies: Pick<Tallies, 'record' | 'keep'>;
  labels: SentLabels;
  outcomes: Outcomes;
  store: Pick<ObjectStore, 'get'>;
  clock: Clock;
  /** Reports changed traffic at once; without it the watch polls each second. */
  feed: TrafficFeed | null;
  /** This machine's folder for models and the spool. */
  dataFolder: string;
  /** Which process of the server this is; the only one by default. */
  place?: Place;
  replica: string;
  /** How many requests for predictions a key may send in a minute; absent: any number. */
  predictionsPerMinute?: number;
  /** Origins whose web pages may ask for predictions; none by default. */
  origins?: readonly string[];
  work?: WorkLimits;
  connections?: ConnectionLimits;
  /** Whether requests become spans. */
  traced?: boolean;
  logger: FastifyBaseLogger;
  /** What automations act on; without it, or without operations, this server leaves them to another. */
  automationLedger?: AutomationLedger;
  /** The newest published data of each pipeline: callers who ask are told whether it is fresh. */
  newestData?: ReadNewestData;
  /** For the metrics of rollouts, if this server has them. */
  rolloutCounts?: ReadRolloutCounts;
  /** For the metrics of pipelines, if this server has them. */
  fleetFacts?: ReadFleetFacts;
  /** Watches for missed schedules and lost workers, and delivers alerts; null: another server does. */
  alerting?: AlertingParts | null;
  /** The console's ports, separate from the path of a prediction; without them there is no console. */
  operations?: Door | null;
  /** The address of a run in the Temporal Web UI. */
  temporalUi?: TemporalUi | null;
  pollMs?: number;
  slowMs?: number;
  shipEveryMs?: number;
  countEveryMs?: number;
  tellEveryMs?: number;
  spool?: Pick<SpoolOptions, 'maxBytes' | 'segmentBytes'>;
}

export interface PredictionServer extends Watched {
  app: FastifyInstance;
  metrics: Metrics;
  draining: Draining;
  /** Listens when it is asked to, and closes with the app. */
  grpc: GrpcServer;
}

/**
 * Builds the prediction server and loads what it serves; opens no port. From `app.ready()` on it follows the traffic
 * and ships predictions, until `app.close()`.
 */
export async function buildApp(parts: ServerParts): Promise<PredictionServer> {
  const { traffic, modelVersions, pipelines, store, dataFolder, logger: log, place = onlyProcess } = parts;
  const files = createModelFiles(join(dataFolder, 'serving', 'artifacts'), store);
  const state = createStateFile(join(dataFolder, 'serving', 'state.json'), log);
  const models = createModels({
    modelVersions,
    pipelines,
    // All processes read what the first one saves.
    files: isFirst(place) ? files : { ...files, keepOnly: async () => undefined },
    state: isFirst(place) ? state : { ...state, write: async () => undefined },
    log,
    ...(parts.slowMs !== undefined && { slowMs: parts.slowMs }),
  });
  const counts = createCountKeeper(parts.replica);
  const { binningOf } = counts;
  const spool = createSpool({ folder: join(folderOf(dataFolder, place), 'spool'), log, binningOf, ...parts.spool });
  const counting = createCounting({
    predictions: parts.predictions,
    counts,
    log,
    ...(parts.countEveryMs !== undefined && { everyMs: parts.countEveryMs }),
  });
  const shipper = createShipper({
    spool,
    predictions: parts.predictions,
    log,
    ...(parts.shipEveryMs !== undefined && { everyMs: parts.shipEveryMs }),
  });
  const watch = createTrafficWatch({
    traffic,
    pipelines,
    models,
    feed: parts.feed,
    log,
    ...(parts.pollMs !== undefined && { pollMs: parts.pollMs }),
  });
  const metrics = createMetrics();
  const tallying = createTallying({
    tallies: parts.tallies,
    models,
    replica: parts.replica,
    log,
    ...(parts.tellEveryMs !== undefined && { everyMs: parts.tellEveryMs }),
  });
  const watched = { models, spool, shipper, counting, tallying, breakers: createBreakers(log), watch };
  const { app, draining, grpc } = await createApp(parts, watched, metrics);

  await models.restore();
  // With something to serve from disk, do not wait for a database that may be down.
  const firstLook = within(FIRST_LOOK_MS, 'the first look', watch.look()).catch(() => undefined);
  if (!models.all().some(({ serving }) => serving)) await firstLook;
  return { app, metrics, draining, grpc, ...watched };
}

async function createApp(parts: ServerParts, watched: Watched, metrics: Metrics) {
  const { models, spool, shipper, counting, tallying, breakers, watch } = watched;
  const app = fastify({
    loggerInstance: parts.logger,
    // There are thousands a second; failures are logged where they are handled.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    ...connectionOptions(parts.connections ?? usualConnections),
    forceCloseConnections: 'idle',
    return503OnClosing: false, // still answers a request that arrives while we stop
    exposeHeadRoutes: false,
  });
  limitConnections(app, metrics.registry, parts.connections ?? usualConnections);
  const beginWork = shedding(app, metrics.registry, parts.work ?? usualWork);
  allowOrigins(app, parts.origins ?? []);
  const allowed = rememberMethods(app);
  requireAccess(app);
  await rateLimits(app, parts.predictionsPerMinute);
  answerErrors(app, BODY_LIMIT);
  if (parts.traced) traceRequests(app);
  parseBodies(app, (request) => {
    const { pipeline } = request.params as { pipeline?: string };
    return (pipeline === undefined ? undefined : models.get(pipeline)?.serving?.fields) ?? 0;
  });
  refuseBrokenText(app);
  const login = controlAccess(app, parts);
  // Before reading a body for nothing; the console has a page for it.
  app.addHook('onRequest', (request, reply, done) =>
    request.is404 && !opensPage(request) ? notThere(request, reply, allowed) : done(),
  );
  const freshness = tellFreshness(app, { models, read: parts.newestData ?? (async () => []), clock: parts.clock });
  await openapiRoutes(app, models, login !== null);
  const { operations = null, temporalUi = null } = parts;
  const simulated = parts.clock.simulated ?? false;
  await consoleRoutes(app, { operations, temporalUi, simulated, watched, login, allowed });
  const scoring = createScoring({ breakers, metrics });
  const shadowing = createShadowing({ scoring, metrics });
  const answering = createAnswering({ models, spool, clock: parts.clock, metrics, tallying, scoring, shadowing });
  predictRoute(app, { answering, models, metrics });
  const draining = createDraining(app);
  const inference = { answering, models, metrics, draining };
  await inferenceRoutes(app, inference);
  const grpc = createGrpcPort({
    ...inference,
    ring: login?.ring ?? null,
    limit: limiterOf(app),
    beginWork,
    freshness,
    log: parts.logger,
  });
  app.addHook('preClose', () => grpc.close());
  healthRoutes(app, watched, draining);
  await batchRoute(app, answering, {
    folder: folderOf(parts.dataFolder, parts.place ?? onlyProcess),
    silentMs: (parts.connections ?? usualConnections).requestMs,
  });
  labelRoute(app, { labels: parts.labels, models, clock: parts.clock });
  outcomeRoute(app, { outcomes: parts.outcomes, models, clock: parts.clock });
  metricsRoute(app, metrics, watched);
  const { clock, replica, logger: log, place = onlyProcess } = parts;
  const server = { clock, spool, models, breakers, replica, log, database: watch, windows: metrics.windows };
  if (parts.alerting) alerting(app, parts.alerting, { ...server, place }, metrics.registry);
  if (parts.automationLedger && operations && isFirst(place)) {
    const automating = createAutomating({
      ledger: parts.automationLedger,
      pipelines: parts.pipelines,
      operations,
      clock,
      log,
    });
    app.addHook('onReady', (done) => (automating.start(), done()));
    app.addHook('onClose', () => automating.stop());
  }
  if (parts.rolloutCounts && isFirst(place)) rolloutMetrics(metrics.registry, parts.rolloutCounts);
  if (parts.fleetFacts && isFirst(place)) fleetMetrics(metrics.registry, parts.fleetFacts, clock);
  shipLeftSpools(app, leftSpools(parts.dataFolder, place), { predictions: parts.predictions, log });
  app.addHook('onReady', (done) => {
    watch.start();
    shipper.start();
    counting.start();
    tallying.start();
    done();
  });
  app.addHook('onClose', async () => {
    await watch.stop();
    shadowing.stop();
    await models.saved();
    spool.close();
    const began = performance.now();
    const left = (until: number): number => Math.max(0, began + until - performance.now());
    await shipper.stop(left(LAST_SHIPPING_MS));
    await counting.stop(left(LAST_COUNTING_MS));
    await tallying.stop(left(LAST_TELLING_MS));
  });
  return { app, draining, grpc };
}
