import type { Batch, Batches, BatchPart, BatchPrediction } from '../../../core/data/predictions/batches.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { transaction, type Database } from '../database.ts';
import { from as copyFrom } from 'pg-copy-streams';
import type { PoolClient } from 'pg';
import { Readable } from 'node:stream';
import { pipeline as pipe } from 'node:stream/promises';

const partColumns = 'part, object_key as "objectKey", sha256, rows';

interface BatchRow extends Omit<Batch, 'window'> {
  from: string;
  to: string;
}
const toBatch = ({ from, to, ...batch }: BatchRow): Batch => ({ ...batch, window: { from, to } });

export function createBatches(database: Database): Batches {
  const select = async (client: Database | PoolClient, where: string, values: unknown[]): Promise<Batch[]> =>
    (
      await client.query<BatchRow>(
        `select id, pipeline, revision, as_of as "asOf", version, snapshot, from_time as "from", to_time as "to", status,
           rows, created_at as "createdAt", published_at as "publishedAt" from batches where ${where}`,
        values,
      )
    ).rows.map(toBatch);

  const get = async (client: Database | PoolClient, pipeline: string, id: string, lock = ''): Promise<Batch> => {
    const [found] = await select(client, `pipeline = $1 and id = $2 ${lock}`, [pipeline, id]);
    if (found) return found;
    throw new UserError(
      'BATCH_UNKNOWN',
      `${pipeline} has no batch of predictions ${id}. Make one: perennial run ${pipeline} prediction`,
    );
  };
  const find = async (pipeline: string, asOf: string): Promise<Batch | null> =>
    (await select(database, 'pipeline = $1 and as_of = $2', [pipeline, asOf]))[0] ?? null;

  const parts = async (client: Database | PoolClient, batch: string): Promise<BatchPart[]> =>
    (await client.query<BatchPart>(`select ${partColumns} from batch_parts where batch = $1 order by part`, [batch]))
      .rows;

  return {
    get: (pipeline, id) => get(database, pipeline, id),
    find,
    previous: async (pipeline, asOf) =>
      (await select(database, 'pipeline = $1 and as_of < $2 order by as_of desc limit 1', [pipeline, asOf]))[0] ?? null,
    list: (pipeline, limit) => select(database, 'pipeline = $1 order by as_of desc limit $2', [pipeline, limit]),
    parts: (batch) => parts(database, batch),

    async open({ id, pipeline, revision, asOf, version, snapshot, window }) {
      await database.query(
        `insert into batches (id, pipeline, revision, as_of, version, snapshot, from_time, to_time)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
        [id, pipeline, revision, asOf, version, snapshot, window.from, window.to],
      );
      return (await find(pipeline, asOf))!;
    },

    recordPart: (batch, part, predictions) =>
      transaction(database, async (client) => {
        // The part's row goes first: a concurrent writer of the same part waits here, and then finds it complete.
        const { rowCount } = await client.query(
          `insert into batch_parts (batch, part, object_key, sha256, rows) values ($1, $2, $3, $4, $5)
           on conflict do nothing`,
          [batch, part.part, part.objectKey, part.sha256, part.rows],
        );
        if (rowCount === 1) await copyIn(client, batch, part, predictions);
        return (await parts(client, batch)).find((kept) => kept.part === part.part)!;
      }),

    publish: (pipeline, id, wanted) =>
      transaction(database, async (client) => {
        const batch = await get(client, pipeline, id, 'for no key update');
        if (batch.status === 'published') return batch;
        const whole = await parts(client, id);
        const missing = wanted.filter((one) => !whole.some(({ part }) => part === one));
        if (missing.length > 0)
          throw new Error(`Batch ${id} cannot be published: parts ${missing.join(', ')} are not scored yet`);
        await client.query(
          `update batches set status = 'published', published_at = clock_timestamp(), rows = $2 where id = $1`,
          [id, whole.reduce((sum, part) => sum + part.rows, 0)],
        );
        return get(client, pipeline, id);
      }),

    async predictions(batch, { after, limit }) {
      const { rows } = await database.query<ReadPrediction>(
        `select key, time, score, decision, label, probabilities, low, high from published_predictions
         where batch = $1 and ($2::text is null or key > $2) order by key limit $3`,
        [batch, after, limit],
      );
      return rows.map(asPredicted);
    },
  };
}

/** As a prediction has them: none where the label is of another kind. */
const asPredicted = ({ label, probabilities, low, high, ...prediction }: ReadPrediction): BatchPrediction => ({
  ...prediction,
  ...(low !== null && { low, high: high! }),
  ...(label !== null && { label, probabilities: probabilities! }),
});

interface ReadPrediction extends Omit<BatchPrediction, 'label' | 'probabilities' | 'low' | 'high'> {
  label: string | null;
  probabilities: number[] | null;
  low: number | null;
  high: number | null;
}

/** Straight into the table: a temporary one for each of many parts would fill the catalogue with its rows. */
async function copyIn(
  client: PoolClient,
  batch: string,
  { part, rows }: BatchPart,
  predictions: AsyncIterable<BatchPrediction[]>,
): Promise<void> {
  const copy = client.query(
    copyFrom(
      'copy batch_predictions (batch, key, time, score, decision, label, probabilities, low, high, sliced) from stdin',
    ),
  );
  // A snapshot with a duplicate key is quarantined, so this would be a bug: better no batch than a wrong one.
  const mistake = (found: string): Error => new Error(`Part ${part} of batch ${batch} has ${rows} rows, ${found}`);
  await pipe(Readable.from(lines(batch, predictions)), copy).catch((error: unknown) => {
    throw (error as { code?: string }).code === UNIQUE_VIOLATION ? mistake('and a key that was there') : error;
  });
  if (copy.rowCount !== rows) throw mistake(`and ${copy.rowCount} predictions came`);
}
const NULL = '\\N';
const UNIQUE_VIOLATION = '23505';

async function* lines(batch: string, predictions: AsyncIterable<BatchPrediction[]>): AsyncGenerator<string> {
  for await (const some of predictions)
    yield some
      .map(({ key, time, score, decision, label, probabilities, low = NULL, high = NULL, sliced }) => {
        const classes = `${label === undefined ? NULL : field(label)}\t${probabilities ? `{${probabilities.join(',')}}` : NULL}`;
        return `${batch}\t${field(key)}\t${time}\t${score}\t${decision ?? NULL}\t${classes}\t${low}\t${high}\t${sliced ? field(JSON.stringify(sliced, storable)) : NULL}\n`;
      })
      .join('');
}

/** Postgres keeps no NUL in a text, and one in a row must not cost the batch. */
const storable = (_: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replaceAll('\0', '') : value;

/** A text in COPY's text format. */
const field = (value: string): string =>
  value.replace(/[\\\t\n\r]/g, (c) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n' })[c] ?? '\\r');
