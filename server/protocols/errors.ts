import { UserError, type ErrorCode } from '../../core/base/errors/errors.ts';
import { type Refusal } from '../../core/alerts/rules/refusals.ts';
import { type LabelProblem } from '../../core/data/labels/sent-labels.ts';
import { type Allowed } from './methods.ts';
import { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

/** A name or an address in a request can have megabytes. */
export const LONGEST_SHOWN = 200;

/** A request that its sender can fix: which field of which row, what was sent, what is allowed. */
export class RequestProblem extends UserError {
  readonly field: string | null;
  readonly row: number | null;
  /** All of many rows, where each is named. */
  readonly problems: readonly LabelProblem[] | undefined;
  readonly status: number = 400;
  constructor(
    message: string,
    field: string | null = null,
    row: number | null = null,
    problems?: readonly LabelProblem[],
  ) {
    super('REQUEST_INVALID', message);
    this.field = field === null ? null : field.slice(0, LONGEST_SHOWN);
    this.row = row;
    this.problems = problems;
  }
}

/** A row that is not as declared. The message repeats what its sender sent; the refusal is for everybody. */
export class RowProblem extends RequestProblem {
  readonly refusal: Refusal;
  constructor(message: string, field: string, row: number, refusal: Refusal) {
    super(message, field, row);
    this.refusal = refusal;
  }
}
export const refusalOf = (error: unknown): Refusal | null => (error instanceof RowProblem ? error.refusal : null);

declare module 'fastify' {
  interface FastifyRequest {
    /** Why its rows were refused; null: they were not, or for a reason without a name. */
    refusal: Refusal | null;
  }
}

/** The one shape of every failed answer. */
export interface ErrorAnswer {
  error: {
    code: ErrorCode | 'INTERNAL';
    message: string;
    field?: string | null;
    row?: number | null;
    problems?: readonly LabelProblem[];
  };
}

const statuses: Partial<Record<ErrorCode, number>> = {
  REQUEST_INVALID: 400,
  KEYS_REQUIRED: 401,
  NOT_PERMITTED: 403,
  PIPELINE_UNKNOWN: 404,
  MODEL_UNKNOWN: 404,
  TOO_MANY_REQUESTS: 429,
  NO_CHAMPION: 503,
  SERVER_BUSY: 503,
  LOG_FULL: 503,
  DATABASE_UNREACHABLE: 503,
};

/** Both pass within seconds once the database answers. */
const waitsForDatabase: readonly string[] = ['LOG_FULL', 'DATABASE_UNREACHABLE'];
const DATABASE_SECONDS = 5;

const advice: Record<string, string> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Send JSON with the header "content-type: application/json".',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty. Send one row as a JSON object, or {"rows": [...]}.',
};

/** Turns everything a handler throws into an ErrorAnswer. */
export function answerErrors(app: FastifyInstance, bodyLimit: number): void {
  app.decorateRequest('refusal', null);
  app.setErrorHandler(errorHandler(bodyLimit, (answer, reply) => reply.send(answer)));
}

/** Turns everything a handler throws into an ErrorAnswer, which `write` sends. */
export const errorHandler =
  (bodyLimit: number, write: (answer: ErrorAnswer, reply: FastifyReply) => FastifyReply) =>
  (error: FastifyError | UserError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { status, answer } = describeError(error, bodyLimit);
    request.refusal = refusalOf(error);
    if (status >= 500 && answer.error.code === 'INTERNAL') request.log.error({ err: error }, 'a request failed');
    if (answer.error.code === 'SERVER_BUSY') void reply.header('retry-after', '1');
    if (waitsForDatabase.includes(answer.error.code)) void reply.header('retry-after', DATABASE_SECONDS);
    return write(answer, reply.code(status));
  };

/** Why there is no route for a request: 405 when the address has others. */
export function absenceOf(request: FastifyRequest, allowed: Allowed) {
  const methods = allowed(request);
  if (methods.length > 0 && !methods.includes(request.method)) {
    const allow = methods.join(', ');
    return { status: 405, allow, message: `This address does not take ${request.method}; it takes ${allow}.` };
  }
  const address = `${request.method} ${request.url.slice(0, LONGEST_SHOWN)}`;
  return { status: 404, message: `There is no ${address}. GET /openapi.json lists what there is.` };
}

/** Answers a request for which there is no route. */
export function notThere(request: FastifyRequest, reply: FastifyReply, allowed: Allowed): FastifyReply {
  const { status, allow, message } = absenceOf(request, allowed);
  if (allow !== undefined) void reply.header('allow', allow);
  const answer = { error: { code: 'REQUEST_INVALID', message } } satisfies ErrorAnswer;
  return reply.code(status).send(request.url.startsWith('/v2/') ? { error: message } : answer);
}

export function describeError(
  error: FastifyError | UserError | Error,
  bodyLimit: number,
): { status: number; answer: ErrorAnswer } {
  if (error instanceof RequestProblem) {
    const { code, message, field, row, problems, status } = error;
    return { status, answer: { error: { code, message, field, row, ...(problems && { problems }) } } };
  }
  if (error instanceof UserError)
    return { status: statuses[error.code] ?? 500, answer: { error: { code: error.code, message: error.message } } };
  const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
  if (status >= 400 && status < 500) {
    const message =
      status === 413
        ? `The body is larger than ${bodyLimit} bytes. Send fewer rows in a request.`
        : (('code' in error ? advice[error.code] : undefined) ?? `The body is not valid JSON: ${error.message}`);
    return { status, answer: { error: { code: 'REQUEST_INVALID', message } } };
  }
  return {
    status: 500,
    answer: { error: { code: 'INTERNAL', message: 'Unexpected server error. See its log.' } },
  };
}
