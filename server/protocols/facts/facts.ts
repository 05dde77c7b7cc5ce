import { UserError } from '../../../core/base/errors/errors.ts';
import { LONGEST_KEY, type FactProblem } from '../../../core/data/labels/sent-facts.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { type Clock } from '../../../core/time/clock.ts';
import { within } from '../../../core/time/time-limit.ts';
import { instant, SECOND, type Instant } from '../../../core/time/time.ts';
import { type Models } from '../../serving/models/models.ts';
import { unknownPipeline } from '../../serving/answers/answering.ts';
import { RequestProblem } from '../errors.ts';
import { type FastifyInstance } from 'fastify';

export const MOST_FACTS = 1_000;
/** The database can hang: the sender tries again, which records nothing twice. */
const PATIENCE = 10 * SECOND;

export interface FactParts {
  models: Pick<Models, 'get' | 'all'>;
  clock: Clock;
}

interface Kind<Fact> {
  /** Their name in the address and in a body of many: 'labels'. */
  many: string;
  /** One of them at the beginning of a sentence: 'The label'. */
  one: string;
  summary: string;
  check(sent: readonly unknown[], pipeline: Pipeline, now: number): { facts: Fact[]; problems: FactProblem[] };
  /** Returns how many were new. */
  record(pipeline: string, facts: readonly Fact[], now: Instant): Promise<number>;
}

/** POST /KIND/:pipeline records what the sender knows of rows, whenever it learns of them: all of a request, or none. */
export function factRoute<Fact>(app: FastifyInstance, { models, clock }: FactParts, kind: Kind<Fact>): void {
  const { many, one, summary, check, record } = kind;
  app.post<{ Params: { pipeline: string }; Body: unknown }>(
    `/${many}/:pipeline`,
    { schema: { summary }, config: { access: 'label' } },
    async ({ params: { pipeline: name }, body }) => {
      const known = models.get(name);
      if (!known) throw unknownPipeline(models, name);
      const list = listOf(body, many);
      const sent = list ?? [body];
      const now = clock.now().getTime();
      const { facts, problems } = check(sent, known.pipeline, now);
      const [first] = problems;
      if (first) {
        const place = [list && `${many}[${first.row}]`, first.field].filter(Boolean).join('.') || one;
        throw new RequestProblem(`${place} ${first.message}. Nothing was recorded.`, first.field, first.row, problems);
      }
      const recorded = await within(PATIENCE, `recording ${many}`, record(name, facts, instant(now))).catch(
        (cause: unknown) => {
          if (cause instanceof UserError) throw cause;
          throw new UserError(
            'DATABASE_UNREACHABLE',
            `The database did not take the ${many} in time. Send them again: none is recorded twice.`,
            { cause },
          );
        },
      );
      return { pipeline: name, received: sent.length, new: recorded, same: sent.length - recorded };
    },
  );
}

function listOf(body: unknown, many: string): unknown[] | null {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, many)) return null;
  const { [many]: list, ...others } = body as Record<string, unknown>;
  if (!Array.isArray(list) || list.length === 0 || list.length > MOST_FACTS)
    throw new RequestProblem(`"${many}" is not an array of 1 to ${MOST_FACTS} ${many}.`, many);
  if (Object.keys(others).length > 0) throw new RequestProblem(`Send "${many}" alone.`, many);
  return list;
}

/** What the document says of them: a body with such fields besides key and time, and its answer. */
export function factSchemas(many: string, fields: readonly string[], properties: Record<string, object>) {
  const one = {
    type: 'object',
    additionalProperties: false,
    required: [...fields],
    properties: {
      key: {
        type: ['string', 'integer'],
        minLength: 1,
        maxLength: LONGEST_KEY,
        minimum: Number.MIN_SAFE_INTEGER,
        maximum: Number.MAX_SAFE_INTEGER,
        description: "the row's key, as the prediction had it",
      },
      ...properties,
      observed_at: { type: 'string', format: 'date-time', description: 'when the outcome was known' },
    },
  };
  const list = {
    type: 'object',
    additionalProperties: false,
    required: [many],
    properties: { [many]: { type: 'array', minItems: 1, maxItems: MOST_FACTS, items: one } },
  };
  const counted = { type: 'integer', minimum: 0 };
  return {
    body: { oneOf: [one, list] },
    answer: {
      type: 'object',
      additionalProperties: false,
      required: ['pipeline', 'received', 'new', 'same'],
      properties: { pipeline: { type: 'string' }, received: counted, new: counted, same: counted },
    },
  };
}
