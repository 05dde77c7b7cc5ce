import { UserError } from '../../core/base/errors.ts';
import { checkLabels, labelFields, LONGEST_KEY, type SentLabels } from '../../core/data/sent-labels.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Clock } from '../../core/time/clock.ts';
import { within } from '../../core/time/time-limit.ts';
import { instant, SECOND } from '../../core/time/time.ts';
import { type Models } from '../serving/models.ts';
import { unknownPipeline } from '../serving/answering.ts';
import { RequestProblem } from './errors.ts';
import { type FastifyInstance } from 'fastify';

export const MOST_LABELS = 1_000;
/** The database can hang: the sender tries again, which records nothing twice. */
const PATIENCE = 10 * SECOND;

export interface LabelParts {
  labels: SentLabels;
  models: Pick<Models, 'get' | 'all'>;
  clock: Clock;
}

/** POST /labels/:pipeline records outcomes that the sender knows, whenever it learns of them. */
export function labelRoute(app: FastifyInstance, { labels, models, clock }: LabelParts): void {
  app.post<{ Params: { pipeline: string }; Body: unknown }>(
    '/labels/:pipeline',
    {
      schema: { summary: 'Record one label, or up to 1,000 as {"labels": [...]}' },
      config: { access: 'label' },
    },
    async ({ params: { pipeline: name }, body }) => {
      const known = models.get(name);
      if (!known) throw unknownPipeline(models, name);
      const many = manyOf(body);
      const sent = many ?? [body];
      const now = clock.now().getTime();
      const { facts, problems } = checkLabels(sent, known.pipeline.label.kind, now);
      const [first] = problems;
      if (first) {
        const place = [many && `labels[${first.row}]`, first.field].filter(Boolean).join('.') || 'The label';
        throw new RequestProblem(`${place} ${first.message}. Nothing was recorded.`, first.field, first.row, problems);
      }
      const recorded = await within(PATIENCE, 'recording labels', labels.record(name, facts, instant(now))).catch(
        (cause: unknown) => {
          if (cause instanceof UserError) throw cause;
          throw new UserError(
            'DATABASE_UNREACHABLE',
            'The database did not take the labels in time. Send them again: none is recorded twice.',
            { cause },
          );
        },
      );
      return { pipeline: name, received: sent.length, new: recorded, same: sent.length - recorded };
    },
  );
}

function manyOf(body: unknown): unknown[] | null {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'labels')) return null;
  const { labels, ...others } = body as { labels: unknown };
  if (!Array.isArray(labels) || labels.length === 0 || labels.length > MOST_LABELS)
    throw new RequestProblem(`"labels" is no array of 1 to ${MOST_LABELS} labels.`, 'labels');
  if (Object.keys(others).length > 0) throw new RequestProblem('Send "labels" alone.', 'labels');
  return labels;
}

/** What the document says of a pipeline's labels: a body, and its answer. */
export function labelSchemas({ label }: Pipeline) {
  const one = {
    type: 'object',
    additionalProperties: false,
    required: [...labelFields],
    properties: {
      key: {
        type: ['string', 'integer'],
        minLength: 1,
        maxLength: LONGEST_KEY,
        minimum: Number.MIN_SAFE_INTEGER,
        maximum: Number.MAX_SAFE_INTEGER,
        description: "the row's key, as the prediction had it",
      },
      value:
        label.kind === 'binary'
          ? { type: ['integer', 'boolean'], enum: [0, 1, true, false], description: label.name }
          : { type: 'number', description: label.name },
      observed_at: { type: 'string', format: 'date-time', description: 'when the outcome was known' },
    },
  };
  const many = {
    type: 'object',
    additionalProperties: false,
    required: ['labels'],
    properties: { labels: { type: 'array', minItems: 1, maxItems: MOST_LABELS, items: one } },
  };
  const counted = { type: 'integer', minimum: 0 };
  return {
    body: { oneOf: [one, many] },
    answer: {
      type: 'object',
      additionalProperties: false,
      required: ['pipeline', 'received', 'new', 'same'],
      properties: { pipeline: { type: 'string' }, received: counted, new: counted, same: counted },
    },
  };
}
