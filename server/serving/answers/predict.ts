import { type LabelKind } from '../../../core/data/labels/label-kinds.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { USUAL_COVERAGE } from '../../../core/model/calibration/interval.ts';
import { LONGEST_SHOWN, RequestProblem } from '../../protocols/errors.ts';
import { type Metrics } from '../../protocols/health/prometheus.ts';
import { askedIn } from './asked.ts';
import { MOST_ROWS, type Answering } from './answering.ts';
import { type Models } from '../models/models.ts';
import { aloneOf, type Serving } from '../serving.ts';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

/** Names the version that is to answer, for tests: any that is loaded. */
export const VERSION_HEADER = 'perennial-version';

export interface PredictParts {
  answering: Answering;
  models: Models;
  metrics: Metrics;
}

function answerProperties({ label: { name, kind, classes = [] }, gates }: Pipeline) {
  const answer = gates.costs ? `the class of ${name} that is expected to cost least` : `the likeliest class of ${name}`;
  const scores: Record<LabelKind, string> = {
    binary: `probability that ${name} is 1`,
    number: `estimate of ${name}`,
    class: 'probability of the label',
  };
  const told = {
    label: { type: 'string', enum: classes, description: answer },
    probabilities: {
      type: 'object',
      description: 'the probability of each class',
      additionalProperties: { type: 'number' },
    },
  };
  const decided = {
    decision: { type: 'boolean', description: 'whether the score reaches the threshold' },
    threshold: { type: 'number' },
  };
  return {
    id: { type: 'string', format: 'uuid' },
    score: { type: 'number', description: scores[kind] },
    ...(kind === 'class' && told),
    ...(kind === 'binary' && decided),
    version: { type: 'integer', description: 'the model version that answered; 0 is the mean label' },
  };
}

/** Not in the answers of the mean label, or of versions of earlier releases. */
function intervalProperties({ name, interval }: Pipeline['label']) {
  const share = interval === 'none' || interval === undefined ? USUAL_COVERAGE : interval;
  return {
    low: { type: 'number', description: `the low end of an interval that is to hold ${share} of ${name}` },
    high: { type: 'number', description: 'its high end' },
  };
}

/** What is in the answer only if it was asked for, or if there is something to warn of. */
const optionalProperties = {
  warnings: {
    type: 'array',
    description: 'what was wrong with the row, and was scored all the same as the declaration says',
    items: {
      type: 'object',
      required: ['field', 'problem', 'message'],
      additionalProperties: false,
      properties: {
        field: { type: 'string' },
        problem: { enum: ['missing', 'extra', 'wrongType', 'outOfRange', 'unseen'] },
        message: { type: 'string' },
      },
    },
  },
  reasons: {
    type: 'array',
    description: 'the fields that moved the score the furthest from typicalScore, by ?reasons=COUNT',
    items: {
      type: 'object',
      required: ['field', 'value', 'effect'],
      additionalProperties: false,
      properties: {
        field: { type: 'string' },
        value: { type: ['number', 'string', 'boolean', 'null'] },
        effect: { type: 'number', description: 'how far the field moved the score, in the unit of the score' },
      },
    },
  },
  typicalScore: {
    type: 'number',
    description: 'the score of a typical row, or of the mean output; all effects lead from here to the score',
  },
  features: {
    type: 'object',
    description: 'the columns as they were scored, by ?features=true',
    additionalProperties: { type: ['number', 'string', 'boolean', 'null'] },
  },
};

/** Answers of POST /predict/:pipeline: one row's, or {"predictions": [...]} for many. */
export function answerSchemas(pipeline: Pipeline) {
  const { label } = pipeline;
  const properties = answerProperties(pipeline);
  const optional = { ...(label.kind === 'number' && intervalProperties(label)), ...optionalProperties };
  return {
    one: exactly({ ...properties, pipeline: { type: 'string' } }, optional),
    many: exactly({
      predictions: { type: 'array', items: exactly(properties, optional) },
      pipeline: { type: 'string' },
      version: { type: 'integer' },
    }),
  };
}

/** These fields and no unknown ones, so an answer fits only one of two schemas. */
const exactly = (properties: object, optional: object = {}) => ({
  type: 'object',
  required: Object.keys(properties),
  additionalProperties: false,
  properties: { ...properties, ...optional },
});

export function predictRoute(app: FastifyInstance, { answering, models, metrics }: PredictParts): void {
  app.decorateRequest('served', null);

  app.post<{ Params: { pipeline: string }; Body: unknown }>(
    '/predict/:pipeline',
    {
      schema: { summary: 'Score one row, or up to 1,000 as {"rows": [...]}' },
      config: { access: 'predict' },
      onResponse: (request, reply, done) => {
        countAnswered({ models, metrics }, request.params.pipeline, request, reply);
        done();
      },
    },
    async (request) => {
      const { pipeline } = request.params;
      const serving = askedOf(answering.servingOf(pipeline), request.headers[VERSION_HEADER]);
      const { version } = serving.champion.model;
      request.served = version;
      const asked = askedIn(request.query);
      const rows = rowsOf(request.body, serving);
      if (rows) return { predictions: await answering.answer(serving, rows, { asked }), pipeline, version };
      const [answer] = await answering.answer(serving, [request.body], { alone: true, asked });
      return { ...answer!, pipeline };
    },
  );
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The champion that this request met; null while none has. */
    served: number | null;
  }
}

/** Counts a request for predictions once it is answered, whatever its protocol. */
export function countAnswered(
  { models, metrics }: Pick<PredictParts, 'models' | 'metrics'>,
  pipeline: string,
  { served, refusal }: FastifyRequest,
  { statusCode, elapsedTime }: FastifyReply,
): void {
  // Only known names become labels: a caller could invent any number of others.
  metrics.answered(models.get(pipeline) ? pipeline : 'unknown', served, statusCode, elapsedTime / 1000, refusal);
}

/** What the traffic serves, or the version that the header names alone. */
function askedOf(serving: Serving, sent: string | string[] | undefined): Serving {
  if (sent === undefined) return serving;
  const [, version] = /^v?([1-9]\d{0,8})$/.exec(String(sent)) ?? [];
  if (version === undefined)
    throw new RequestProblem(
      `The header ${VERSION_HEADER} is "${String(sent).slice(0, LONGEST_SHOWN)}"; name a version like v3, or leave it out.`,
      VERSION_HEADER,
    );
  return aloneOf(serving, version);
}

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
