import { checkLabels, labelFields, type SentLabels } from '../../../core/data/labels/sent-labels.ts';
import { type LabelKind } from '../../../core/data/labels/label-kinds.ts';
import { type Pipeline } from '../../../core/declaration/pipeline.ts';
import { factRoute, factSchemas, type FactParts } from './facts.ts';
import { type FastifyInstance } from 'fastify';

/** POST /labels/:pipeline records labels. */
export const labelRoute = (app: FastifyInstance, { labels, ...parts }: FactParts & { labels: SentLabels }): void =>
  factRoute(app, parts, {
    many: 'labels',
    one: 'The label',
    summary: 'Record one label, or up to 1,000 as {"labels": [...]}',
    check: (sent, { label }, now) => checkLabels(sent, label, now),
    record: (pipeline, facts, now) => labels.record(pipeline, facts, now),
  });

/** What the document says of a pipeline's labels: a body, and its answer. */
export const labelSchemas = ({ label }: Pipeline) =>
  factSchemas('labels', labelFields, {
    value: { ...valueSchema[label.kind](label), description: label.name },
  });

const valueSchema: Record<LabelKind, (label: Pipeline['label']) => object> = {
  binary: () => ({ type: ['integer', 'boolean'], enum: [0, 1, true, false] }),
  number: () => ({ type: 'number' }),
  class: ({ classes }) => ({ type: 'string', enum: classes }),
};
