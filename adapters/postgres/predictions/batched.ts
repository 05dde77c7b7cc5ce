import type { Partition } from '../../../core/data/data.ts';
import type { Labelling } from '../../../core/data/labels/labels.ts';
import type {
  AnsweredOfDay,
  LabelledPrediction,
  PredictionLog,
} from '../../../core/data/predictions/prediction-log.ts';
import type { HeldBatch } from '../../../core/data/predictions/whole-days.ts';
import { milliseconds, type Instant } from '../../../core/time/time.ts';
import { streamed, type Database } from '../database.ts';
import { DAY_OF, IS_LABELLED, LABEL } from './label-of.ts';

interface Scored {
  id: string;
  version: number;
  /** Where rows begin that its version cannot have seen. */
  from: Instant;
  /** Batches of its version before it that may hold the same rows. */
  earlier: string[];
}

/** Published batches with rows of [from, to). */
const batchesOf = async (database: Database, pipeline: string, { from, to }: Partition): Promise<Scored[]> =>
  (
    await database.query<Scored>(
      `select b.id, b.version, greatest($2::timestamptz, (v.evidence -> 'splits' ->> 'to')::timestamptz) as from,
         array(
           select e.id from batches e
           where e.pipeline = b.pipeline and e.version = b.version and e.status = 'published' and e.as_of < b.as_of
             and e.from_time < b.to_time and e.to_time > b.from_time) as earlier
       from batches b join model_versions v on v.pipeline = b.pipeline and v.version = b.version
       where b.pipeline = $1 and b.status = 'published' and b.from_time < $3 and b.to_time > $2
         and (v.evidence -> 'splits' ->> 'to')::timestamptz < $3
       order by b.as_of`,
      [pipeline, from, to],
    )
  ).rows;

/**
 * The predictions `p` of a batch for rows of [$2, $3), each row once: not those that its version was asked for as well,
 * nor those that an earlier batch has. `at` is the number of the first parameter of three.
 */
const ofBatch = (at: number): string => `(
  select $1::text as pipeline, s.* from batch_predictions s
  where s.batch = $${at} and s.time >= $2 and s.time < $3
    and not exists (select from batch_predictions e where e.batch = any($${at + 1}::text[]) and e.key = s.key)
    and not exists (
      select from predictions q
      where q.pipeline = $1 and q.version = $${at + 2} and q.key = s.key and q.key <> q.id::text
        and q.time >= $2 and q.time < $3)
) p`;
const named = ({ id, earlier, version }: Scored): unknown[] => [id, earlier, version];

/** What batches predicted for rows of [from, to), with labels as known at `asOf`, some at a time. */
export async function* labelledInBatches(
  database: Database,
  pipeline: string,
  within: Partition,
  { asOf, maturesAfter, whenAbsent }: Labelling,
  signal?: AbortSignal,
): AsyncGenerator<LabelledPrediction[]> {
  for (const batch of await batchesOf(database, pipeline, within))
    yield* streamed<LabelledPrediction>(
      database,
      `select ${Math.trunc(batch.version)} as version, p.score, coalesce(l.value, $6) as label,
         to_jsonb(p.probabilities) as probabilities, p.decision, true as batched, ${DAY_OF} as day, p.sliced as row
       from ${ofBatch(7)} ${LABEL} where ${IS_LABELLED}`,
      [pipeline, batch.from, within.to, asOf, milliseconds(maturesAfter), whenAbsent, ...named(batch)],
      signal,
    );
}

/** How many predictions batches made for rows of [from, to), labelled or not. */
export async function countInBatches(
  database: Database,
  pipeline: string,
  within: Partition,
): Promise<AnsweredOfDay[]> {
  const counted: AnsweredOfDay[] = [];
  for (const batch of await batchesOf(database, pipeline, within)) {
    const { rows } = await database.query<Omit<AnsweredOfDay, 'version'>>(
      `select ${DAY_OF} as day, count(*)::int as rows from ${ofBatch(4)} group by 1`,
      [pipeline, batch.from, within.to, ...named(batch)],
    );
    counted.push(...rows.map((of) => ({ version: batch.version, ...of })));
  }
  return counted;
}

/** A version's published batches with rows of [from, to), the newest first. */
export async function heldBatches(
  database: Database,
  pipeline: string,
  version: number,
  { from, to }: Partition,
): Promise<HeldBatch[]> {
  const { rows } = await database.query<Partition & Pick<HeldBatch, 'snapshot'>>(
    `select snapshot, from_time as from, to_time as to from batches
     where pipeline = $1 and version = $2 and status = 'published' and from_time < $4 and to_time > $3
     order by as_of desc`,
    [pipeline, version, from, to],
  );
  return rows.map(({ snapshot, ...window }) => ({ snapshot, window }));
}

/**
 * When the newest batch with rows of a day was published, for the days that begin in [from, to) and have one: rows that
 * its version has not seen, in a part of the day that no earlier batch of it has.
 */
export async function newestBatches(
  database: Database,
  pipeline: string,
  { from, to }: Partition,
): ReturnType<PredictionLog['newestBatches']> {
  const { rows } = await database.query<{ day: Instant; at: Instant }>(
    `select day, date_trunc('milliseconds', max(b.published_at)) as at
     from generate_series($2::timestamptz, $3::timestamptz - interval '1 ms', interval '24 hours') day
       join batches b on b.from_time < day + interval '24 hours' and b.to_time > day
       join model_versions v on v.pipeline = b.pipeline and v.version = b.version
     where b.pipeline = $1 and b.status = 'published'
       and (v.evidence -> 'splits' ->> 'to')::timestamptz < day + interval '24 hours'
       and not exists (
         select from batches e
         where e.pipeline = b.pipeline and e.version = b.version and e.status = 'published' and e.as_of < b.as_of
           and e.from_time <= greatest(b.from_time, day) and e.to_time >= least(b.to_time, day + interval '24 hours'))
     group by day`,
    [pipeline, from, to],
  );
  return new Map(rows.map(({ day, at }) => [day, at]));
}
