import { type Row, type Value } from '../../../core/data/data.ts';
import { MOST_ROWS } from '../../serving/answers/answering.ts';
import { type Known } from '../../serving/models/known.ts';
import { hasIntervals } from '../../serving/serving.ts';
import { datatypeNames } from './datatypes.ts';
import { outputs, signatureOf, type OutputName } from './signature.ts';

type Json = Record<string, unknown>;
type Paths = Record<string, Record<string, Json>>;

export const isInference = (path: string): boolean => path === '/v2/' || path.startsWith('/v2/');

/** The protocol's paths with what they take and answer, and one more per known pipeline with an example of its inputs. */
export function inferencePaths(
  paths: Paths,
  known: readonly Known[],
  exampleOf: (known: Known) => Row,
  needsKey: boolean,
): Paths {
  const general = '/v2/models/{model}/infer';
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    path === general
      ? known.map((one): [string, Record<string, Json>] => [
          path.replace('{model}', one.pipeline.name),
          { post: { ...inferOperation(one, exampleOf(one), needsKey), operationId: `infer-${one.pipeline.name}` } },
        ])
      : [[path, mapValues(methods, (operation) => describe(path, operation, needsKey))] as const],
  );
  return Object.fromEntries(described);
}

function describe(path: string, operation: Json, needsKey: boolean): Json {
  const isProbe = Array.isArray(operation['security']);
  const responses = {
    ...(operation['responses'] as Json),
    ...(isProbe && { 503: { description: 'No model can answer' } }),
    ...(!isProbe && needsKey && refusals),
    ...(path.includes('{model}') && modelFailures),
  };
  return { ...operation, tags, responses, ...(path.endsWith('/infer') && { requestBody: bodyOf({}) }) };
}

function inferOperation({ pipeline, serving }: Known, example: Row, needsKey: boolean): Json {
  const { fields, outputs } = signatureOf(pipeline, { intervals: serving !== null && hasIntervals(serving) });
  const inputs = Object.entries(example).map(([name, value]) => ({
    name,
    datatype: fields.get(name)!.datatype,
    shape: [1],
    data: [value] satisfies Value[],
  }));
  const state = serving ? '' : ' (no model in production yet)';
  return {
    tags,
    summary: `Score with ${pipeline.name}, in the Open Inference Protocol${state}`,
    requestBody: bodyOf({ example: { inputs } }),
    responses: {
      200: { description: 'The scores', ...json(answerSchema(outputs)) },
      ...(needsKey && refusals),
      ...modelFailures,
    },
  };
}

const tags = ['open inference protocol'];
const json = (schema: unknown, extra: Json = {}): Json => ({ content: { 'application/json': { schema, ...extra } } });
const bodyOf = (extra: Json): Json => ({ required: true, ...json(requestSchema, extra) });
const failed = (description: string): Json => ({
  description,
  ...json({ type: 'object', required: ['error'], properties: { error: { type: 'string' } } }),
});
const mapValues = <T, U>(record: Record<string, T>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));

const refusals = {
  401: failed('No key, or one that does not work'),
  403: failed('The key lacks the scope, or is for other pipelines'),
};

const modelFailures = {
  400: failed('A tensor or a row is not as the model takes it; the message names it'),
  404: failed('No such model, or no such version of it in service'),
  413: failed('The body is too large'),
  429: failed('The key sent too many requests this minute; retry-after gives the seconds to wait'),
  503: failed('No model is in production yet'),
};

const parameters = { type: ['object', 'null'] };
const requestSchema = {
  type: 'object',
  required: ['inputs'],
  properties: {
    id: { type: ['string', 'null'], description: 'comes back with the answer' },
    parameters,
    inputs: {
      type: 'array',
      minItems: 1,
      description: 'a tensor per field of a row; all have as many rows',
      items: {
        type: 'object',
        required: ['name', 'shape', 'datatype', 'data'],
        properties: {
          name: { type: 'string' },
          shape: {
            type: 'array',
            minItems: 1,
            maxItems: 2,
            items: { type: 'integer', minimum: 1 },
            description: `[N] or [N, 1], with N up to ${MOST_ROWS}`,
          },
          datatype: { enum: datatypeNames },
          parameters,
          data: { type: 'array', items: { type: ['number', 'string', 'boolean', 'null'] } },
        },
      },
    },
    outputs: {
      type: ['array', 'null'],
      description: 'the outputs to answer; all by default',
      items: { type: 'object', required: ['name'], properties: { name: { type: 'string' }, parameters } },
    },
  },
};

const answerSchema = (names: readonly OutputName[]): Json => ({
  type: 'object',
  required: ['model_name', 'model_version', 'outputs'],
  properties: {
    model_name: { type: 'string' },
    model_version: { type: 'string' },
    id: { type: 'string' },
    outputs: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name', 'datatype', 'shape', 'data'],
        properties: {
          name: { enum: names },
          datatype: { enum: names.map((name) => outputs[name].datatype) },
          shape: { type: 'array', items: { type: 'integer' } },
          data: { type: 'array' },
        },
      },
    },
  },
});
