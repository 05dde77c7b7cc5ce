import { mayWarn } from '../../../core/declaration/values.ts';
import { type Answering } from '../../serving/answers/answering.ts';
import { askedIn } from '../../serving/answers/asked.ts';
import { hasIntervals, type Serving } from '../../serving/serving.ts';
import { arriving } from './arriving.ts';
import { answersTo, type SentRow } from './answers.ts';
import { fieldsOf } from './fields.ts';
import { answeredIn, isTable, sentIn, typeOf, type BatchFormat } from './formats.ts';
import { lineWriter, rowsOfLines } from './lines.ts';
import { openTable, tableWriter } from './table-rows.ts';
import { startTables, type Tables } from './tables/tables.ts';
import { LARGEST_TABLE, tooLarge, uploadsIn, type Upload } from './upload.ts';
import { type BatchWriter } from './writer.ts';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { join } from 'node:path';
import { Readable } from 'node:stream';

/** The whole body of lines; it passes through, so no process holds it. */
const LARGEST = 1024 * 1024 * 1024;

type BatchRequest = FastifyRequest<{ Params: { pipeline: string }; Body: Readable }>;

/**
 * POST /predict/batch/:pipeline takes and answers files of rows. Lines are answered as they come, each thousand before
 * the next is read; tables once they are here as a whole.
 */
export async function batchRoute(
  app: FastifyInstance,
  answering: Answering,
  { folder, silentMs }: { folder: string; silentMs: number },
): Promise<void> {
  const upload = uploadsIn(join(folder, 'batches'));
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { bodyLimit: LARGEST }, (_request, payload, done) => done(null, payload));
    scope.post(
      '/predict/batch/:pipeline',
      {
        schema: { hide: true, summary: 'Score rows of CSV, JSON lines, Parquet or Arrow, any number of them' },
        bodyLimit: LARGEST,
        config: { access: 'predict' },
      },
      (request: BatchRequest, reply) => answerBatch({ answering, upload, silentMs }, request, reply),
    );
  });
}

interface Parts {
  answering: Answering;
  upload: ReturnType<typeof uploadsIn>;
  /** How long nothing of a body may arrive. */
  silentMs: number;
}

async function answerBatch(parts: Parts, request: BatchRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { answering } = parts;
  const { pipeline } = request.params;
  const serving = answering.servingOf(pipeline);
  request.served = serving.champion.model.version;
  const sent = sentIn(request.headers['content-type']);
  const answered = answeredIn(request.headers.accept, sent);
  const asked = askedIn(request.query);
  const needs = isTable(sent) || isTable(answered);
  if (isTable(sent) && Number(request.headers['content-length'] ?? 0) > LARGEST_TABLE) throw tooLarge();

  const arrives = arriving(request, reply, parts.silentMs);
  const tables = needs ? startTables() : null;
  let body: Upload | null = null;
  const end = async (): Promise<void> => {
    await tables?.end();
    await body?.remove();
  };
  try {
    let rows: AsyncIterable<SentRow>;
    if (isTable(sent)) {
      body = await parts.upload(arrives);
      rows = await openTable(tables!.call, body.path, sent, serving);
    } else rows = rowsOfLines(sent, arrives, () => answering.servingOf(pipeline));
    const writer = writerOf(answered, tables, serving, { place: isTable(sent) ? 'row' : 'line', asked });
    const answers = answersTo({ answering, pipeline, asked }, rows);
    const stream = Readable.from(written(writer, answers));
    // Also when the caller goes before the answer begins.
    stream.once('close', () => void end());
    return reply.type(typeOf(answered)).send(stream);
  } catch (error) {
    await end();
    throw error;
  }
}

function writerOf(
  format: BatchFormat,
  tables: Tables | null,
  serving: Serving,
  of: Omit<Parameters<typeof fieldsOf>[0], 'warns' | 'classes' | 'intervals'>,
): BatchWriter {
  const { arms } = serving;
  const fields = fieldsOf({
    ...of,
    warns: arms.some(({ pipeline }) => mayWarn(pipeline)),
    classes: arms.some(({ pipeline }) => pipeline.label.kind === 'class'),
    intervals: hasIntervals(serving),
  });
  return isTable(format) ? tableWriter(tables!.call, format, fields) : lineWriter(format, fields);
}

async function* written(writer: BatchWriter, answers: ReturnType<typeof answersTo>) {
  yield* some(await writer.begin());
  for await (const answered of answers) yield* some(await writer.write(answered));
  yield* some(await writer.end());
}

function* some(bytes: string | Uint8Array) {
  if (bytes.length > 0) yield bytes;
}
