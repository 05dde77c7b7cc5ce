import { checkOutcomes, outcomeFields, type Outcomes } from '../../../core/data/labels/outcomes.ts';
import { countedGuards, labelMetrics, NUMBER_NAME } from '../../../core/experiments/plan.ts';
import { factRoute, factSchemas, type FactParts } from './facts.ts';
import { type FastifyInstance } from 'fastify';

/** POST /outcomes/:pipeline records numbers by name, for experiments. */
export const outcomeRoute = (app: FastifyInstance, { outcomes, ...parts }: FactParts & { outcomes: Outcomes }): void =>
  factRoute(app, parts, {
    many: 'outcomes',
    one: 'The outcome',
    summary: 'Record one number by its name, or up to 1,000 as {"outcomes": [...]}',
    check: (sent, _pipeline, now) => checkOutcomes(sent, now),
    record: (pipeline, facts) => outcomes.record(pipeline, facts),
  });

/** What the document says of them: a body, and its answer. */
export const outcomeSchemas = () =>
  factSchemas('outcomes', outcomeFields, {
    name: {
      type: 'string',
      pattern: NUMBER_NAME,
      not: { enum: [...labelMetrics, ...countedGuards] },
      description: 'what the number is: revenue, refunds, minutes',
    },
    value: { type: 'number' },
  });
