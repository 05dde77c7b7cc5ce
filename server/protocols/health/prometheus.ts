import { type Breaker } from '../../serving/breakers/breaker.ts';
import { type Breakers } from '../../serving/breakers/breakers.ts';
import { type LoadedModel } from '../../serving/models/load-model.ts';
import { type Models } from '../../serving/models/models.ts';
import { type Counting } from '../../shipping/counting.ts';
import { type Shipper } from '../../shipping/shipper.ts';
import { type Spool } from '../../shipping/spool.ts';
import { type Serving, versionsOf } from '../../serving/serving.ts';
import { type Tallying } from '../../serving/tallies/tallying.ts';
import { type TrafficWatch } from '../../serving/traffic/traffic-watch.ts';
import { createAnswerWindows, type AnswerWindows } from '../../watching/answer-windows.ts';
import { type FastifyInstance } from 'fastify';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  registry: Registry;
  /** How requests were answered in the last minutes. */
  windows: AnswerWindows;
  /** The text of GET /metrics: this app's, or with those of the other processes of the server. */
  scrape(): Promise<string>;
  /** Call once per answered request. */
  answered(pipeline: string, version: number | null, status: number, seconds: number): void;
  predicted(pipeline: string, version: number): void;
  /** A version scored a row, or tried to. */
  scored(pipeline: string, version: number, seconds: number): void;
  /** A version had no score for a row. */
  failed(pipeline: string, version: number): void;
  /** Another version, or the baseline (0), answered a row of this one. */
  stoodIn(pipeline: string, version: number, by: number): void;
  /** A row was scored although this was wrong with it; an extra field has no name here. */
  repaired(pipeline: string, column: string, problem: string): void;
  /** A row that the shadow did not score, because too many waited. */
  skippedByShadow(pipeline: string): void;
}

/** Counts of one app instance, in its own registry. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const windows = createAnswerWindows();
  const requests = new Counter({
    name: 'perennial_requests_total',
    help: 'Prediction requests by pipeline, champion version and HTTP status.',
    labelNames: ['pipeline', 'version', 'status'],
    registers,
  });
  const predictions = new Counter({
    name: 'perennial_predictions_total',
    help: 'Rows answered, by pipeline and the version that answered.',
    labelNames: ['pipeline', 'version'],
    registers,
  });
  const seconds = new Histogram({
    name: 'perennial_request_duration_seconds',
    help: 'Time from the arrival of a prediction request to the end of its answer.',
    labelNames: ['pipeline'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers,
  });
  const skipped = new Counter({
    name: 'perennial_shadow_skipped_total',
    help: 'Rows that a shadow did not score, because more came than it could score.',
    labelNames: ['pipeline'],
    registers,
  });
  const scores = new Histogram({
    name: 'perennial_score_duration_seconds',
    help: 'Time that a version, also a shadow, takes to score a row.',
    labelNames: ['pipeline', 'version'],
    buckets: [1e-6, 4e-6, 16e-6, 64e-6, 256e-6, 1e-3, 4e-3, 16e-3, 64e-3, 0.25, 1],
    registers,
  });
  const failures = new Counter({
    name: 'perennial_version_failures_total',
    help: 'Rows for which a version, also a shadow, threw or found no finite score.',
    labelNames: ['pipeline', 'version'],
    registers,
  });
  const standIns = new Counter({
    name: 'perennial_stand_in_answers_total',
    help: 'Rows of a version that rested or failed, by the version that answered them; 0 is the baseline.',
    labelNames: ['pipeline', 'version', 'by'],
    registers,
  });
  const repairs = new Counter({
    name: 'perennial_values_repaired_total',
    help: 'Values imputed and rows with extra fields ignored, as declared by serving.values, by column and problem.',
    labelNames: ['pipeline', 'column', 'problem'],
    registers,
  });
  // Resolving labels costs more than counting, so each combination is resolved once.
  const countRequest = remember((pipeline: string, version: string, status: string) =>
    requests.labels({ pipeline, version, status }),
  );
  const countPrediction = remember((pipeline: string, version: string) => predictions.labels({ pipeline, version }));
  const timeScore = remember((pipeline: string, version: string) => scores.labels({ pipeline, version }));
  const countSkipped = remember((pipeline: string) => skipped.labels({ pipeline }));
  const timeRequest = remember((pipeline: string) => seconds.labels({ pipeline }));

  return {
    registry,
    windows,
    scrape: () => registry.metrics(),
    answered(pipeline, version, status, duration) {
      countRequest(pipeline, version === null ? 'none' : String(version), String(status)).inc();
      timeRequest(pipeline).observe(duration);
      windows.answered(pipeline, status, duration);
    },
    predicted: (pipeline, version) => countPrediction(pipeline, String(version)).inc(),
    scored: (pipeline, version, duration) => timeScore(pipeline, String(version)).observe(duration),
    failed: (pipeline, version) => failures.labels({ pipeline, version }).inc(),
    stoodIn: (pipeline, version, by) => standIns.labels({ pipeline, version, by }).inc(),
    repaired: (pipeline, column, problem) => repairs.labels({ pipeline, column, problem }).inc(),
    skippedByShadow: (pipeline) => countSkipped(pipeline).inc(),
  };
}

const roleOf = ({ version }: LoadedModel, { champion }: Serving): string =>
  version === champion.model.version ? 'champion' : 'challenger';

function remember<T>(make: (...labels: string[]) => T): (...labels: string[]) => T {
  const made = new Map<string, T>();
  return (...labels) => {
    const key = labels.join(' ');
    let found = made.get(key);
    if (found === undefined) made.set(key, (found = make(...labels)));
    return found;
  };
}

export interface Watched {
  models: Models;
  spool: Spool;
  shipper: Shipper;
  counting: Counting;
  tallying: Tallying;
  breakers: Breakers;
  watch: TrafficWatch;
}

/** GET /metrics in Prometheus' text format. */
export function metricsRoute(app: FastifyInstance, metrics: Metrics, watched: Watched): void {
  addGauges(metrics.registry, watched);
  app.get(
    '/metrics',
    { schema: { summary: 'Metrics in Prometheus text format' }, config: { access: 'read' } },
    async (_request, reply) => {
      void reply.type(metrics.registry.contentType);
      return metrics.scrape();
    },
  );
}

/** Values kept elsewhere are read at each scrape. */
function addGauges(registry: Registry, { models, spool, shipper, watch, breakers }: Watched): void {
  const registers = [registry];
  const single = { registers, labelNames: [] };
  const read = (name: string, help: string, value: () => number): void => {
    new Gauge({
      ...single,
      name,
      help,
      collect() {
        this.set(value());
      },
    });
  };
  const total = (name: string, help: string, value: () => number): void => {
    new Counter({
      ...single,
      name,
      help,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  };
  read('perennial_spool_bytes', 'Bytes of predictions that wait on disk to be logged.', () => spool.bytes);
  read('perennial_spool_segments', 'Files in the spool.', () => spool.segments);
  total(
    'perennial_spool_dropped_total',
    'Predictions answered and not logged, because the spool filled up or was unwritable.',
    () => spool.dropped,
  );
  total(
    'perennial_predictions_sampled_out_total',
    'Predictions not logged, as declared by serving.log.sample.',
    () => spool.sampledOut,
  );
  total(
    'perennial_spool_shed_total',
    'Requests refused because the spool was full or unwritable, as declared by serving.log.whenFull.',
    () => spool.shed,
  );
  total('perennial_predictions_shipped_total', 'Predictions written to the log.', () => shipper.totals.shipped);
  total('perennial_spool_torn_total', 'Cut-off last lines of spool segments.', () => shipper.totals.torn);
  total('perennial_spool_unreadable_total', 'Spooled lines that cannot be logged.', () => shipper.totals.unreadable);
  read('perennial_database_reachable', '1 when the last read of the traffic table succeeded.', () =>
    Number(watch.reachable),
  );
  read(
    'perennial_database_contact_age_seconds',
    'Seconds since the database last answered; NaN when it never has.',
    () => (watch.lastContact === null ? NaN : (Date.now() - watch.lastContact) / 1000),
  );

  const perPipeline = (name: string, help: string, value: (name: string) => number | undefined): void => {
    new Gauge({
      name,
      help,
      labelNames: ['pipeline'],
      registers,
      collect() {
        this.reset();
        for (const { pipeline } of models.all()) this.set({ pipeline: pipeline.name }, value(pipeline.name) ?? NaN);
      },
    });
  };
  const championOf = (name: string): LoadedModel | undefined => models.get(name)?.serving?.champion.model;
  perPipeline(
    'perennial_model_generation',
    'Generation of the traffic being served.',
    (name) => models.get(name)?.serving?.generation,
  );
  perPipeline('perennial_model_version', "The champion's version.", (name) => championOf(name)?.version);
  perPipeline('perennial_model_created_timestamp_seconds', 'When the champion was registered.', (name) => {
    const model = championOf(name);
    return model && Date.parse(model.createdAt) / 1000;
  });
  new Gauge({
    name: 'perennial_traffic_share',
    help: 'The share of its requests that a version answers; 0 for one that only shadows.',
    labelNames: ['pipeline', 'version', 'role'],
    registers,
    collect() {
      this.reset();
      for (const { pipeline, serving } of models.all()) {
        if (!serving) continue;
        for (const { model, share } of serving.arms)
          this.set({ pipeline: pipeline.name, version: model.version, role: roleOf(model, serving) }, share);
        if (serving.shadow)
          this.set({ pipeline: pipeline.name, version: serving.shadow.model.version, role: 'shadow' }, 0);
      }
    },
  });
  const perVersion = (
    Kind: typeof Gauge | typeof Counter,
    name: string,
    help: string,
    value: (of: Breaker) => number,
  ): void => {
    new Kind({
      name,
      help,
      labelNames: ['pipeline', 'version'],
      registers,
      collect() {
        this.reset();
        for (const { pipeline, serving } of models.all())
          for (const version of serving ? versionsOf(serving) : [])
            this.inc({ pipeline: pipeline.name, version: version.model.version }, value(breakers.of(version)));
      },
    });
  };
  perVersion(
    Gauge,
    'perennial_version_tripped',
    '1 while a version rests, or one row is about to try it.',
    ({ trip }) => Number(trip !== null),
  );
  perVersion(Counter, 'perennial_version_trips_total', 'How often a version has tripped.', ({ trips }) => trips);
  new Gauge({
    name: 'perennial_model_problem',
    help: '1 when the server cannot take up newer traffic or read the declaration.',
    labelNames: ['pipeline'],
    registers,
    collect() {
      this.reset();
      for (const pipeline of models.unreadable.keys()) this.set({ pipeline }, 1);
      for (const { pipeline, problem } of models.all())
        this.set({ pipeline: pipeline.name }, Number(problem !== null || models.unreadable.has(pipeline.name)));
    },
  });
  perPipeline(
    'perennial_model_load_failures',
    'Failed attempts to take up newer traffic.',
    (name) => models.failures.get(name) ?? 0,
  );
}
