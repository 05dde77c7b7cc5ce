import { LONGEST_SHOWN, RequestProblem } from '../errors.ts';
import { type FastifyInstance, type FastifyRequest } from 'fastify';

/** The largest body of all: a thousand rows of a few hundred columns. */
export const BODY_LIMIT = 4 * 1024 * 1024;
/** The largest form, and the largest request of a program that does the same. */
export const FORM_LIMIT = 8 * 1024;

/** The limits of a JSON body: above any row or form, and low enough that it is processed fast. */
const DEEPEST = 8;
const MOST_ITEMS = 2_000;
const MOST_VALUES = 300_000;
/** More than the known fields, so the error can still name a wrong one. */
export const WRONG_FIELDS = 100;
/** A larger body is parsed in its own turn of the event loop. */
const LARGE = 64 * 1024;

const [QUOTE, BACKSLASH, COMMA, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [34, 92, 44, 91, 93, 123, 125];

/**
 * Checks JSON bodies before parsing them: parsing deep or wide ones would delay every other caller. `fieldsOf` gives
 * the maximum number of fields in an object sent to a route.
 */
export function parseBodies(app: FastifyInstance, fieldsOf: (request: FastifyRequest) => number): void {
  const parse = checkedParser(app);
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) =>
    parse(request, String(body), done, { fields: fieldsOf(request) + WRONG_FIELDS, items: MOST_ITEMS }),
  );
}

interface Limits {
  /** Of an object, and of an array. */
  fields: number;
  items: number;
}

type Done = (error: Error | null, body?: unknown) => void;

/** A parser of JSON within limits; by default an array may have as many items as the whole body values. */
export function checkedParser(app: FastifyInstance) {
  const parse = app.getDefaultJsonParser('error', 'error');
  return (
    request: FastifyRequest,
    json: string,
    done: Done,
    limits: Limits = { fields: WRONG_FIELDS, items: Infinity },
  ): void => {
    const problem = tooMuch(json, limits);
    if (problem !== null) done(new RequestProblem(problem));
    else if (json.length < LARGE) void parse(request, json, done);
    else setImmediate(() => void parse(request, json, done));
  };
}

/** Which limit a JSON text exceeds, without checking its grammar; null when it may be parsed. */
export function tooMuch(json: string, most: Limits): string | null {
  const open: { isObject: boolean; count: number }[] = [];
  let values = 0;
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    if (code === QUOTE) i = endOfText(json, i);
    else if (code === COMMA) {
      const inside = open.at(-1);
      if (inside && ++inside.count > (inside.isObject ? most.fields : most.items))
        return inside.isObject
          ? `An object of the body has more than ${most.fields} fields. Send the declared ones alone.`
          : `An array of the body has more than ${most.items} items. Send at most 1,000 rows in a request.`;
      if (++values > MOST_VALUES) return `The body has more than ${MOST_VALUES} values. Send fewer rows in a request.`;
    } else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
      if (open.push({ isObject: code === OPEN_OBJECT, count: 1 }) > DEEPEST)
        return `The body is nested more than ${DEEPEST} deep. Send a row as one flat object.`;
      if (++values > MOST_VALUES) return `The body has more than ${MOST_VALUES} values. Send fewer rows in a request.`;
    } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) open.pop();
  }
  return null;
}

/** Text that no database can hold: a zero character, or half of a surrogate pair. */
export const isBroken = (text: string): boolean => /[\0\p{Surrogate}]/u.test(text);

/** Refuses such text in an address or a form; rows of predictions are checked field by field. */
export function refuseBrokenText(app: FastifyInstance): void {
  app.addHook('preValidation', (request, _reply, done) => {
    const { url } = request.routeOptions;
    const sent = [request.params, request.query, url?.startsWith('/predict/') ? null : request.body];
    for (const [name, value] of sent.flatMap((each) => Object.entries(each ?? {})))
      if (isBroken(name) || (typeof value === 'string' && isBroken(value)))
        return done(
          new RequestProblem(
            `"${isBroken(name) ? '?' : name.slice(0, LONGEST_SHOWN)}" contains a character that is not valid text.`,
          ),
        );
    done();
  });
}

/** The position of the quote that ends the text beginning at `start`. */
function endOfText(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let escapes = 0;
    while (json.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return end;
  }
  return json.length;
}
