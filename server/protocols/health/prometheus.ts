import { addGauges, type Watched } from './gauges.ts';
import { createAnswerWindows, type AnswerWindows } from '../../watching/answer-windows.ts';
import { type Refusal } from '../../../core/alerts/rules/refusals.ts';
import { type FastifyInstance } from 'fastify';
import { Counter, Histogram, Registry } from 'prom-client';

export interface Metrics {
  registry: Registry;
  /** How requests were answered in the last minutes. */
  windows: AnswerWindows;
  /** The text of GET /metrics: this app's, or with those of the other processes of the server. */
  scrape(): Promise<string>;
  /** Call once per answered request. */
  answered(pipeline: string, version: number | null, status: number, seconds: number, refusal?: Refusal | null): void;
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
    // The rules for Prometheus ask about 0.2: between far ends a quantile is a guess.
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.25, 1],
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
    answered(pipeline, version, status, duration, refusal = null) {
      countRequest(pipeline, version === null ? 'none' : String(version), String(status)).inc();
      timeRequest(pipeline).observe(duration);
      windows.answered(pipeline, status, duration, refusal);
    },
    predicted: (pipeline, version) => countPrediction(pipeline, String(version)).inc(),
    scored: (pipeline, version, duration) => timeScore(pipeline, String(version)).observe(duration),
    failed: (pipeline, version) => failures.labels({ pipeline, version }).inc(),
    stoodIn: (pipeline, version, by) => standIns.labels({ pipeline, version, by }).inc(),
    repaired: (pipeline, column, problem) => repairs.labels({ pipeline, column, problem }).inc(),
    skippedByShadow: (pipeline) => countSkipped(pipeline).inc(),
  };
}

function remember<T>(make: (...labels: string[]) => T): (...labels: string[]) => T {
  const made = new Map<string, T>();
  return (...labels) => {
    const key = labels.join(' ');
    let found = made.get(key);
    if (found === undefined) made.set(key, (found = make(...labels)));
    return found;
  };
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
