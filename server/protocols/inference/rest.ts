import { type Answering } from '../../serving/answers/answering.ts';
import { type Models } from '../../serving/models/models.ts';
import { countAnswered } from '../../serving/answers/predict.ts';
import { BODY_LIMIT, checkedParser } from '../limits/body.ts';
import { type Draining } from '../draining.ts';
import { errorHandler, RequestProblem } from '../errors.ts';
import { type Metrics } from '../health/prometheus.ts';
import { infer } from './infer.ts';
import { nullForNaN } from './not-a-number.ts';
import { configOf, indexOf, isReady, metadataOf, modelOf, serverMetadata, type Model } from './model.ts';
import { readBody, writeBody, type Body } from './rest-body.ts';
import { type FastifyInstance, type FastifyRequest } from 'fastify';

export interface InferenceParts {
  answering: Answering;
  models: Models;
  metrics: Metrics;
  draining: Pick<Draining, 'begun'>;
}

interface Address {
  model: string;
  /** Absent: whichever versions have the traffic. */
  version?: string;
}

const HEADER = 'inference-header-content-length';

/**
 * The Open Inference Protocol, version 2, over REST, with binary tensors:
 * https://github.com/kserve/open-inference-protocol
 */
export async function inferenceRoutes(app: FastifyInstance, parts: InferenceParts): Promise<void> {
  await app.register(
    async (scope) => {
      parseInferenceBodies(scope);
      // The protocol's clients read an error as text, and its type without a character set.
      scope.setErrorHandler(
        errorHandler(BODY_LIMIT, ({ error }, reply) =>
          reply.type('application/json').send(Buffer.from(JSON.stringify({ error: error.message }))),
        ),
      );
      serverRoutes(scope, parts);
      modelRoutes(scope, parts);
      inferRoutes(scope, parts);
    },
    { prefix: '/v2' },
  );
}

/** Bodies come as any type or none: JSON, and after as many bytes as the header gives the data of tensors. */
function parseInferenceBodies(scope: FastifyInstance): void {
  const parse = checkedParser(scope);
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (request, sent, done) => {
    const body = sent as Buffer;
    const header = request.headers[HEADER];
    const length = header === undefined ? body.length : /^\d{1,9}$/.test(String(header)) ? Number(header) : Infinity;
    if (length > body.length)
      return done(new RequestProblem(`"${HEADER}" is not a length within the body's ${body.length} bytes.`, HEADER));
    parse(request, nullForNaN(body.subarray(0, length)).toString(), (error, json) =>
      done(error, { json, binary: body.subarray(length) } satisfies Body),
    );
  });
}

/** A key that may ask for predictions may also ask how. */
const needed = { access: 'predict' } as const;
const open = { access: 'open' } as const;

function serverRoutes(scope: FastifyInstance, { models, draining }: InferenceParts): void {
  scope.get('/', { schema: { summary: 'Name, version and extensions of the server' }, config: needed }, () => serverMetadata); // prettier-ignore
  scope.get(
    '/health/live',
    { schema: { summary: 'Answers while the process is alive', security: [] }, config: open },
    () => ({ live: true }),
  );
  scope.get(
    '/health/ready',
    { schema: { summary: 'Whether a model can answer; 503 while none can', security: [] }, config: open },
    (_request, reply) => {
      const ready = isReady(models, draining);
      return reply.code(ready ? 200 : 503).send({ ready });
    },
  );
  scope.post('/repository/index', { schema: { summary: 'The loaded versions of all models' }, config: needed }, () =>
    indexOf(models),
  );
}

function modelRoutes(scope: FastifyInstance, { answering }: InferenceParts): void {
  const about = (path: string, summary: string, answer: (model: Model) => unknown): void => {
    for (const version of ['', '/versions/:version'])
      scope.get(`/models/:model${version}${path}`, { schema: { summary }, config: needed }, (request) => {
        const address = request.params as Address;
        return answer(modelOf(answering, address.model, address.version));
      });
  };
  about('', "A model's inputs, outputs and versions", metadataOf);
  about('/ready', 'Whether a model can answer', ({ name }) => ({ name, ready: true }));
  about('/config', "A model's configuration, as Triton's clients ask for it", configOf);
}

function inferRoutes(scope: FastifyInstance, { answering, models, metrics }: InferenceParts): void {
  for (const version of ['', '/versions/:version'])
    scope.post(
      `/models/:model${version}/infer`,
      {
        schema: { summary: 'Score up to 1,000 rows, sent as a tensor per field' },
        config: needed,
        onResponse: (request, reply, done) => {
          countAnswered({ models, metrics }, (request.params as Address).model, request, reply);
          done();
        },
      },
      async (request, reply) => {
        const { model, version } = request.params as Address;
        const { serving } = modelOf(answering, model, version);
        request.served = serving.champion.model.version;
        const asked = readBody(bodyOf(request));
        const { json, binary } = writeBody(model, asked, await infer(answering, { model, version: version ?? '', ...asked })); // prettier-ignore
        if (binary.length === 0) return json;
        const text = Buffer.from(JSON.stringify(json));
        void reply.type('application/octet-stream').header(HEADER, text.length);
        return Buffer.concat([text, ...binary]);
      },
    );
}

function bodyOf({ body }: FastifyRequest): Body {
  if (body !== undefined && body !== null) return body as Body;
  throw new RequestProblem('The body is empty. Send a JSON object with "inputs".');
}
