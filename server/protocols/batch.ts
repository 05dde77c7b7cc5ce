import { valueTypeOf } from '../../core/columns/index.ts';
import { type Value } from '../../core/data/data.ts';
import { messageOf, UserError } from '../../core/base/errors.ts';
import { cellsOf, csvLine } from '../../core/data/csv-line.ts';
import { mayWarn } from '../../core/declaration/values.ts';
import { MOST_ROWS, type Answer, type Answering } from '../serving/answering.ts';
import { askedIn, type Asked } from '../serving/asked.ts';
import { type Serving } from '../serving/serving.ts';
import { tooMuch, WRONG_FIELDS } from './body.ts';
import { RequestProblem } from './errors.ts';
import { type FastifyInstance } from 'fastify';
import { Readable } from 'node:stream';

/** The whole body; it passes through, so no process holds it. */
const LARGEST = 1024 * 1024 * 1024;
const LONGEST_LINE = 64 * 1024;

/** One answer a line of the body, by its number in it. */
type LineAnswer = { line: number } & (Answer | { error: string });

interface Format {
  type: string;
  /** Reads lines as rows; the first may be a header, which is none. */
  reader(): (line: string, serving: Serving) => unknown;
  /** `warns`: answers may come with warnings. */
  writer(asked: Asked, warns: boolean): Writer;
}

interface Writer {
  begin: string;
  write(answer: LineAnswer): string;
}

const NOT_A_ROW = Symbol('header');

const jsonLines: Format = {
  type: 'application/x-ndjson',
  reader: () => (line, serving) => {
    const problem = tooMuch(line, { fields: serving.fields + WRONG_FIELDS, items: 0 });
    if (problem !== null) throw new RequestProblem(problem);
    try {
      return JSON.parse(line) as unknown;
    } catch {
      throw new RequestProblem('The line is not JSON.');
    }
  },
  writer: () => ({ begin: '', write: (answer) => `${JSON.stringify(answer)}\n` }),
};

const fields = ['line', 'id', 'score', 'decision', 'threshold', 'version', 'error'];
const csv: Format = {
  type: 'text/csv; charset=utf-8',
  reader() {
    let header: string[] | null = null;
    return (line, serving) => {
      const cells = cellsOf(line);
      if (header === null) {
        header = cells ?? [];
        return NOT_A_ROW;
      }
      if (cells?.length !== header.length)
        throw new RequestProblem(`The line does not have the ${header.length} fields of the header.`);
      return Object.fromEntries(header.map((name, i) => [name, valueOf(cells[i]!, name, serving)]));
    };
  },
  writer({ reasons, features }, warns) {
    const all = [
      ...fields,
      ...(warns ? ['warnings'] : []),
      ...(reasons > 0 ? ['reasons', 'typicalScore'] : []),
      ...(features ? ['features'] : []),
    ];
    return {
      begin: csvLine(all),
      write: (answer) => csvLine(all.map((field) => cellOf((answer as Partial<Record<string, unknown>>)[field]))),
    };
  },
};

/** What is more than one value is JSON. */
const cellOf = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

/** A cell as the column has it; what is none of its type stays text, and is refused as such. */
function valueOf(cell: string, name: string, { champion }: Serving): Value {
  if (cell === '') return null;
  const column = Object.hasOwn(champion.pipeline.columns, name) ? champion.pipeline.columns[name] : undefined;
  const type = column && valueTypeOf(column);
  if (type === 'number' && Number.isFinite(Number(cell))) return Number(cell);
  if (type === 'boolean' && /^(true|false)$/i.test(cell)) return cell.toLowerCase() === 'true';
  return cell;
}

const formats: Record<string, Format> = {
  'application/x-ndjson': jsonLines,
  'application/jsonl': jsonLines,
  'text/csv': csv,
};

/** POST /predict/batch/:pipeline takes and answers lines, as they come: each is answered before the next thousand is read. */
export async function batchRoute(app: FastifyInstance, answering: Answering): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(Object.keys(formats), { bodyLimit: LARGEST }, (_request, payload, done) =>
      done(null, payload),
    );
    scope.post<{ Params: { pipeline: string }; Body: Readable }>(
      '/predict/batch/:pipeline',
      {
        schema: { hide: true, summary: 'Score rows of CSV or JSON lines, any number of them' },
        bodyLimit: LARGEST,
        config: { access: 'predict' },
      },
      (request, reply) => {
        const { pipeline } = request.params;
        const { version } = answering.servingOf(pipeline).champion.model;
        request.served = version;
        const format = formats[(request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()]!;
        const batch = { answering, pipeline, format, asked: askedIn(request.query) };
        return reply.type(format.type).send(Readable.from(answered(batch, request.body)));
      },
    );
  });
}

interface Batch {
  answering: Answering;
  pipeline: string;
  format: Format;
  asked: Asked;
}

async function* answered({ answering, pipeline, format, asked }: Batch, body: Readable) {
  const warns = answering.servingOf(pipeline).arms.some((arm) => mayWarn(arm.pipeline));
  const { begin, write } = format.writer(asked, warns);
  const answersOf = answersIn({ answering, pipeline, asked }, write);
  if (begin !== '') yield begin;
  const read = format.reader();
  let waiting: { line: number; row: unknown }[] = [];
  let line = 0;
  try {
    for await (const text of linesOf(body)) {
      line++;
      if (text.trim() === '') continue;
      try {
        const row = read(text, answering.servingOf(pipeline));
        if (row !== NOT_A_ROW) waiting.push({ line, row });
      } catch (error) {
        yield* answersOf(waiting);
        waiting = [];
        yield write({ line, error: wordsOf(error) });
      }
      if (waiting.length < MOST_ROWS) continue;
      yield* answersOf(waiting);
      waiting = [];
    }
    yield* answersOf(waiting);
  } catch (error) {
    // The status is sent already: the last line tells where it ended.
    yield write({ line, error: wordsOf(error) });
  }
}

function answersIn({ answering, pipeline, asked }: Omit<Batch, 'format'>, write: Writer['write']) {
  return async function* (rows: { line: number; row: unknown }[]): AsyncGenerator<string> {
    if (rows.length === 0) return;
    const serving = answering.servingOf(pipeline);
    try {
      const answers = await answering.answer(serving, rows.map(({ row }) => row), { asked }); // prettier-ignore
      yield answers.map((answer, i) => write({ line: rows[i]!.line, ...answer })).join('');
    } catch (error) {
      if (!(error instanceof RequestProblem)) throw error;
      // A wrong row fails those it came with, which are answered without it.
      for (const { line, row } of rows)
        yield await answering.answer(serving, [row], { alone: true, asked }).then(
          ([answer]) => write({ line, ...answer! }),
          (problem: unknown) => write({ line, error: wordsOf(problem) }),
        );
    }
  };
}

const wordsOf = (error: unknown): string =>
  error instanceof UserError ? messageOf(error) : 'Unexpected server error. See its log.';

async function* linesOf(body: Readable): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of body) {
    const lines = (rest + decoder.decode(part as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop()!;
    if (rest.length > LONGEST_LINE) throw new RequestProblem(`A line has more than ${LONGEST_LINE} characters.`);
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  if (rest !== '') yield rest;
}
