import { type ValueType } from '../../core/columns/column.ts';
import { type Row } from '../../core/data/data.ts';
import { limitsOf, sentColumns, valueTypeOf, type Column } from '../../core/columns/index.ts';
import { ignoresExtra, valuePolicyOf, type ValuePolicy } from '../../core/declaration/values.ts';
import { allNeed } from '../access/routes.ts';
import { redactorOf, type RedactedEncoding } from '../../core/declaration/redaction/redaction.ts';
import { type Known } from '../serving/models/known.ts';
import { labelSchemas } from './facts/labels.ts';
import { outcomeSchemas } from './facts/outcomes.ts';
import { type Models } from '../serving/models/models.ts';
import { MOST_REASONS } from '../serving/answers/asked.ts';
import { MOST_ROWS } from '../serving/answers/answering.ts';
import { answerSchemas, VERSION_HEADER } from '../serving/answers/predict.ts';
import { inferencePaths, isInference } from './inference/openapi.ts';
import { FRESHNESS_HEADER } from '../serving/freshness.ts';
import { LONGEST_TEXT } from '../serving/rows/check-value.ts';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { type FastifyInstance } from 'fastify';

type Json = Record<string, unknown>;

/** The hash is of a style element that the page's own script writes. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='; " +
  "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const nameAsPicture =
  '<svg xmlns="http://www.w3.org/2000/svg" width="160" height="40"><text x="0" y="28" font-family="sans-serif" ' +
  'font-size="26" font-weight="600" fill="#fff">Perennial</text></svg>';

/** GET /openapi.json and the page GET /docs: the routes, with one path per pipeline made from its declaration. */
export async function openapiRoutes(app: FastifyInstance, models: Models, needsKey: boolean): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Perennial prediction server', version: '1' },
      ...(needsKey && {
        components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
        security: [{ key: [] }],
      }),
    },
  });
  // The page's file handler refuses a path outside its folder with its own text; here it is just not found.
  app.addHook('onRequest', (request, reply, done) => {
    if (/^\/docs\/.*(\.|%2e){2}/i.test(request.url)) reply.callNotFound();
    else done();
  });
  await app.register(async (scope) => {
    allNeed(scope, 'read');
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: pagePolicy,
      logo: { type: 'image/svg+xml', content: Buffer.from(nameAsPicture), href: '/' },
      theme: { title: 'API - Perennial' },
      transformSpecification: (document) => withPipelines(document, models.all(), needsKey),
    });
  });
  app.get('/openapi.json', { schema: { hide: true }, config: { access: 'read' } }, () =>
    withPipelines(structuredClone(app.swagger() as unknown as Json), models.all(), needsKey),
  );
}

/** Replaces the general path with one per known pipeline. */
function withPipelines(document: Readonly<Json>, known: readonly Known[], needsKey: boolean): Json {
  const {
    '/predict/{pipeline}': _one,
    '/labels/{pipeline}': _other,
    '/outcomes/{pipeline}': _third,
    ...all
  } = (document['paths'] ?? {}) as Record<string, { get: Json }>;
  const [inference, others] = [true, false].map((of) =>
    Object.fromEntries(Object.entries(all).filter(([path]) => isInference(path) === of)),
  ) as [typeof all, typeof all];
  for (const { get: operation } of Object.values(others)) operation['responses'] = answersOf(operation, needsKey);
  const paths = known.flatMap((one): [string, Json][] => [
    [`/predict/${one.pipeline.name}`, { post: predictOperation(one, needsKey) }],
    [`/labels/${one.pipeline.name}`, { post: labelOperation(one, needsKey) }],
    [`/outcomes/${one.pipeline.name}`, { post: outcomeOperation(one, needsKey) }],
  ]);
  return {
    ...document,
    paths: { ...Object.fromEntries(paths), ...others, ...inferencePaths(inference, known, exampleRow, needsKey) },
  };
}

/** Answers that fastify's own description of a page omits. */
function answersOf({ responses, security }: Json, needsKey: boolean): Json {
  const isProbe = Array.isArray(security); // without keys, since the guard admits probes
  return {
    ...(isProbe ? { 503: { description: 'Nothing can be served' } } : needsKey && refusals),
    ...(responses as Json),
  };
}

function predictOperation(known: Known, needsKey: boolean): Json {
  const { pipeline, serving } = known;
  const row = rowSchema(known);
  const { one, many } = answerSchemas(pipeline);
  const example = exampleRow(known);
  return {
    tags: ['predict'],
    operationId: `predict-${pipeline.name}`,
    summary: serving ? `Score with ${pipeline.name}` : `Score with ${pipeline.name} (no model in production yet)`,
    ...(pipeline.description !== '' && { description: pipeline.description }),
    parameters: [versionParameter, freshnessParameter, ...askedParameters],
    requestBody: {
      required: true,
      ...json(
        {
          oneOf: [
            row,
            {
              type: 'object',
              required: ['rows'],
              additionalProperties: false,
              properties: { rows: { type: 'array', minItems: 1, maxItems: MOST_ROWS, items: row } },
            },
          ],
        },
        { examples: { one: { value: example }, many: { value: { rows: [example] } } } },
      ),
    },
    responses: {
      200: { description: 'The scores', headers: freshnessHeader, ...json({ oneOf: [one, many] }) },
      ...(needsKey && refusals),
      400: failed('A field is missing, unknown or of the wrong type; the answer names it'),
      404: failed('The version that the header names is not loaded; the answer names those that are'),
      413: failed('The body is too large'),
      415: failed('The body is not JSON'),
      429: failed('The key sent too many requests this minute; retry-after gives the seconds to wait'),
      503: failed('No model is in production yet'),
    },
  };
}

const labelOperation = ({ pipeline }: Known, needsKey: boolean): Json => ({
  tags: ['labels'],
  operationId: `label-${pipeline.name}`,
  summary: `Record what became of rows of ${pipeline.name}, each label once`,
  ...factOperation('label', labelSchemas(pipeline), needsKey),
});

const outcomeOperation = ({ pipeline }: Known, needsKey: boolean): Json => ({
  tags: ['outcomes'],
  operationId: `outcome-${pipeline.name}`,
  summary: `Record numbers of rows of ${pipeline.name} by name, for experiments, each once`,
  ...factOperation('outcome', outcomeSchemas(), needsKey),
});

const factOperation = (one: string, { body, answer }: ReturnType<typeof labelSchemas>, needsKey: boolean): Json => ({
  requestBody: { required: true, ...json(body) },
  responses: {
    200: { description: `How many ${one}s were new, and how many were recorded before`, ...json(answer) },
    ...(needsKey && refusals),
    400: failed(
      `${one === 'label' ? 'A label' : 'An outcome'} is wrong, and none was recorded; the answer names each by its place`,
    ),
    413: failed('The body is too large'),
    415: failed('The body is not JSON'),
    429: failed('The key sent too many requests this minute; retry-after gives the seconds to wait'),
    503: failed('The database does not answer, or the server is busy; retry-after gives the seconds to wait'),
  },
});

const versionParameter = {
  name: VERSION_HEADER,
  in: 'header',
  required: false,
  description: 'for tests: the version that is to answer, if it is loaded; no other answers in its stead',
  schema: { type: 'string', pattern: '^v[1-9][0-9]{0,8}$' },
};

const freshnessParameter = {
  name: FRESHNESS_HEADER,
  in: 'header',
  required: false,
  description: 'with any value: the answer says in a header of this name whether new data still arrives',
  schema: { type: 'string' },
};
const freshnessHeader = {
  [FRESHNESS_HEADER]: {
    description:
      'if it was asked for: fresh, stale or unknown, with the time of the newest data, and when newer was due',
    schema: { type: 'string', pattern: '^(fresh|stale|unknown)(; (as-of|due)=.*)*$' },
  },
};

const askedParameters = [
  {
    name: 'reasons',
    in: 'query',
    required: false,
    description: 'so many fields of each row that moved its score the furthest',
    schema: { type: 'integer', minimum: 0, maximum: MOST_REASONS },
  },
  {
    name: 'features',
    in: 'query',
    required: false,
    description: 'the columns of each row as they were scored',
    schema: { type: 'boolean' },
  },
];

const json = (schema: unknown, extra: Json = {}): Json => ({ content: { 'application/json': { schema, ...extra } } });
const failed = (description: string): Json => ({ description, ...json(errorSchema) });

const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'string' },
        message: { type: 'string' },
        field: { type: ['string', 'null'] },
        row: { type: ['integer', 'null'] },
      },
    },
  },
};

const refusals = {
  401: failed('No key, or one that does not work'),
  403: failed('The key lacks the scope, or is for other pipelines'),
};

function rowSchema({ pipeline }: Known): Json {
  const { columns, source } = redactorOf(pipeline).pipeline();
  const sent = sentColumns(columns);
  const policyOf = (column: string): ValuePolicy => valuePolicyOf(pipeline, column);
  const name = {
    type: ['string', 'integer', 'null'],
    minLength: 1,
    maxLength: LONGEST_TEXT,
    pattern: VALID_TEXT,
    minimum: Number.MIN_SAFE_INTEGER,
    maximum: Number.MAX_SAFE_INTEGER,
  };
  return {
    type: 'object',
    additionalProperties: ignoresExtra(pipeline),
    required: sent.map(([column]) => column).filter((column) => policyOf(column).missing === 'reject'),
    properties: {
      [source.key]: { ...name, description: "the row's key; the prediction's id when left out" },
      [source.time]: {
        type: ['string', 'null'],
        format: 'date-time',
        description: 'event time, at most a year ahead and ten years back; now when left out',
      },
      ...(source.entity !== undefined && { [source.entity]: name }),
      ...Object.fromEntries(sent.map(([column, declared]) => [column, columnSchema(declared, policyOf(column))])),
    },
  };
}

/** Text that a database can hold. */
const VALID_TEXT = '^[^\\u0000]*$';
const jsonTypes: Record<ValueType, string> = { number: 'number', text: 'string', boolean: 'boolean' };

/** Values outside declared ranges and levels are drift, and get answers, unless the declaration refuses them. */
function columnSchema(column: Column, policy: ValuePolicy): Json {
  const type = jsonTypes[valueTypeOf(column)];
  const { min, max, levels } = limitsOf(column);
  const described: Json = {
    ...(policy.wrongType === 'reject' && {
      type: policy.missing === 'reject' ? type : [type, 'null'],
      ...(type === 'string' && { maxLength: LONGEST_TEXT, pattern: VALID_TEXT }),
    }),
  };
  if (min !== undefined || max !== undefined) {
    described['description'] = `expected from ${min ?? 'any'} to ${max ?? 'any'}`;
    if (policy.outOfRange === 'reject') Object.assign(described, { minimum: min, maximum: max });
  }
  if (levels) described['description'] = `expected: ${levels.join(', ')}`;
  return described;
}

/** An example row: the champion's medians and most frequent levels, since a real row could be someone's. */
export function exampleRow({ pipeline, serving }: Known): Row {
  const redact = redactorOf(pipeline);
  const encodings = serving ? redact.encodings(serving.champion.model.encodings) : [];
  const row: Row = {};
  for (const [name, column] of sentColumns(redact.pipeline().columns))
    row[name] = exampleValue(column, encodings.find((candidate) => candidate.column === name)); // prettier-ignore
  return row;
}

function exampleValue(column: Column, encoding: RedactedEncoding | undefined): number | string | boolean {
  const level = encoding && 'levels' in encoding && Array.isArray(encoding.levels) ? encoding.levels[0] : undefined;
  const { min, max, levels } = limitsOf(column);
  const type = valueTypeOf(column);
  if (type === 'boolean') return level === 'true';
  if (type === 'text') return level ?? levels?.[0] ?? 'text';
  if (encoding?.kind === 'number' && encoding.median !== null) return Number(encoding.median.toPrecision(4));
  if (encoding?.kind === 'value' && encoding.usual !== null) return Number(encoding.usual.toPrecision(4));
  return min ?? max ?? 1;
}
