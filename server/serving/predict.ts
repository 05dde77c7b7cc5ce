import { UserError } from '../../core/base/errors.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Clock } from '../../core/time/clock.ts';
import { type Prediction } from '../../core/data/prediction-log.ts';
import { instant } from '../../core/time/time.ts';
import { LONGEST_SHOWN, RequestProblem } from '../protocols/errors.ts';
import { type Known } from './known.ts';
import { type LoadedModel } from './load-model.ts';
import { type Metrics } from '../protocols/prometheus.ts';
import { type Models } from './models.ts';
import { predictionLimit } from '../protocols/rate-limits.ts';
import { pickArm, type Arm, type Serving } from './serving.ts';
import { type Spool } from '../shipping/spool.ts';
import { type ValidRow } from './validate-row.ts';
import { type FastifyInstance } from 'fastify';
import { randomUUID } from 'node:crypto';

export const MOST_ROWS = 1_000;
/** Values processed in one turn of the event loop: some milliseconds. */
const VALUES_PER_TURN = 10_000;

export interface PredictParts {
  models: Models;
  spool: Spool;
  clock: Clock;
  metrics: Metrics;
  /** How many requests a key may send in a minute. */
  perMinute?: number | undefined;
}

/** The answer for one row. */
interface Answer {
  id: string;
  score: number;
  /** Absent if the score estimates a number. */
  decision?: boolean;
  threshold?: number;
  version: number;
}

function answerProperties({ name, kind }: Pipeline['label']) {
  const decided = {
    decision: { type: 'boolean', description: 'whether the score reaches the threshold' },
    threshold: { type: 'number' },
  };
  return {
    id: { type: 'string', format: 'uuid' },
    score: { type: 'number', description: kind === 'number' ? `estimate of ${name}` : `probability that ${name} is 1` },
    ...(kind === 'binary' && decided),
    version: { type: 'integer', description: 'the model version that answered' },
  };
}

/** Answers of POST /predict/:pipeline: one row's, or {"predictions": [...]} for many. */
export function answerSchemas({ label }: Pipeline) {
  const properties = answerProperties(label);
  return {
    one: exactly({ ...properties, pipeline: { type: 'string' } }),
    many: exactly({
      predictions: { type: 'array', items: exactly(properties) },
      pipeline: { type: 'string' },
      version: { type: 'integer' },
    }),
  };
}

/** Exactly these fields, so an answer fits only one of two schemas. */
const exactly = (properties: object) => ({
  type: 'object',
  required: Object.keys(properties),
  additionalProperties: false,
  properties,
});

export function predictRoute(app: FastifyInstance, { models, spool, clock, metrics, perMinute }: PredictParts): void {
  app.decorateRequest('served', null);

  app.post<{ Params: { pipeline: string }; Body: unknown }>(
    '/predict/:pipeline',
    {
      schema: { summary: 'Score one row, or up to 1,000 as {"rows": [...]}' },
      ...(perMinute !== undefined && { config: { rateLimit: predictionLimit(perMinute) } }),
      onResponse: (request, reply, done) => {
        const name = request.params.pipeline;
        // Only known names become labels: a caller could invent any number of others.
        metrics.answered(
          models.get(name) ? name : 'unknown',
          request.served,
          reply.statusCode,
          reply.elapsedTime / 1000,
        );
        done();
      },
    },
    async (request) => {
      const { pipeline } = request.params;
      const serving = servingOf(models, pipeline);
      const now = clock.now().getTime();
      const many = rowsOf(request.body, serving);
      const checked: Checked[] = [];
      for (const slice of slicesOf(many ?? [request.body], serving)) {
        if (checked.length > 0) await nextTurn();
        for (const row of slice) checked.push(check(serving, row, now, many && checked.length));
      }
      request.served = serving.champion.model.version;
      const answers: Answer[] = [];
      const predictions: Prediction[] = [];
      for (const slice of slicesOf(checked, serving)) {
        if (predictions.length > 0) await nextTurn();
        for (const row of slice) predictions.push(predict(serving, row, now, answers));
      }
      // Only now: if one row has no score, the request gets an error and leaves nothing.
      for (const slice of slicesOf(predictions, serving)) {
        for (const { version } of slice) metrics.predicted(pipeline, version);
        await spool.append(slice);
      }
      return many ? { predictions: answers, pipeline, version: request.served } : { ...answers[0]!, pipeline };
    },
  );
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The version that served this request; null while none has. */
    served: number | null;
  }
}

function servingOf(models: Models, name: string): Serving {
  const known = models.get(name);
  const unreadable = models.unreadable.get(name);
  if (!known && unreadable !== undefined) throw noChampion(name, { problem: unreadable });
  if (!known) {
    const names = models.all().map(({ pipeline }) => pipeline.name);
    const which = names.length > 0 ? `These are applied: ${names.sort().join(', ')}.` : 'None is applied yet.';
    throw new UserError('PIPELINE_UNKNOWN', `There is no pipeline "${name}". ${which}`);
  }
  if (!known.serving) throw noChampion(name, known);
  return known.serving;
}

function noChampion(name: string, { problem }: Pick<Known, 'problem'>): UserError {
  return new UserError(
    'NO_CHAMPION',
    problem === null
      ? `${name} has no model in production yet. Train one: perennial run ${name} training`
      : `${name} cannot be served: ${problem}`,
  );
}

/** Rows in slices for one turn of the event loop each, so no caller waits for another's thousand rows. */
function* slicesOf<T>(rows: readonly T[], { fields }: Serving): Generator<readonly T[]> {
  const size = Math.max(1, Math.floor(VALUES_PER_TURN / fields));
  for (let start = 0; start < rows.length; start += size) yield rows.slice(start, start + size);
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The rows of {"rows": [...]}; null when the body is one row (which may have a column of that name). */
function rowsOf(body: unknown, { arms }: Serving): unknown[] | null {
  if (typeof body !== 'object' || body === null || !('rows' in body)) return null;
  const { rows, ...others } = body as { rows: unknown };
  if (!Array.isArray(rows) && arms.some(({ pipeline }) => Object.hasOwn(pipeline.columns, 'rows'))) return null;
  const [other] = Object.keys(others);
  if (!Array.isArray(rows) || rows.length === 0 || rows.length > MOST_ROWS) {
    const came = Array.isArray(rows) ? `${rows.length} rows` : typeof rows;
    throw new RequestProblem(`"rows" is ${came}; send an array of 1 to ${MOST_ROWS} rows.`, 'rows');
  }
  if (other !== undefined)
    throw new RequestProblem(`"${other.slice(0, LONGEST_SHOWN)}" is sent with "rows"; send "rows" alone.`, other);
  return rows;
}

interface Checked {
  /** The prediction's. */
  id: string;
  arm: Arm;
  valid: ValidRow;
}

/** A row first gets its arm, whose declaration then checks it. */
function check(serving: Serving, row: unknown, now: number, at: number | null): Checked {
  const id = randomUUID();
  const arm = pickArm(serving, row, id);
  return { id, arm, valid: arm.validate(row, now, at) };
}

function predict({ fallback }: Serving, { id, arm, valid }: Checked, now: number, answers: Answer[]): Prediction {
  const { model, score } = scoreOf(arm, fallback, valid);
  const { version, threshold } = model;
  const decision = threshold === null ? null : score >= threshold;
  const servedAt = instant(now);
  answers.push(
    threshold === null || decision === null ? { id, score, version } : { id, score, decision, threshold, version },
  );
  return {
    id,
    pipeline: arm.pipeline.name,
    version,
    key: valid.key ?? id,
    time: valid.time === now ? servedAt : instant(valid.time),
    row: valid.row,
    score,
    decision,
    servedAt,
  };
}

/** The arm's score, or the fallback's when that one has no finite answer. */
function scoreOf(arm: Arm, fallback: LoadedModel | null, { row }: ValidRow): { model: LoadedModel; score: number } {
  for (const model of fallback ? [arm.model, fallback] : [arm.model]) {
    const score = model.score(row);
    if (Number.isFinite(score)) return { model, score };
  }
  throw new UserError('MODEL_INVALID', `No version of ${arm.pipeline.name} finds a finite score for this row.`);
}
