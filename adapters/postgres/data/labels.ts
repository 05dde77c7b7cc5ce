import type { LabelFact, Labels } from '../../../core/data/labels/labels.ts';
import { transaction, type Database } from '../database.ts';
import type { PoolClient } from 'pg';

/** Facts written in one transaction: others wait for it only some milliseconds. */
const BATCH = 5_000;
/** With the pipeline's name, the lock that lets one transaction at a time decide which facts are new. */
const LABELS_LOCK = 7_306_502;

/** Writes the facts that are not known by `knownAt`, or by then had another value; returns how many. */
export function writeFacts(
  database: Database,
  pipeline: string,
  facts: readonly LabelFact[],
  knownAt: string,
  signal?: AbortSignal,
): Promise<number> {
  const insert = async (client: PoolClient): Promise<number> => {
    await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [LABELS_LOCK, pipeline]);
    const { rowCount } = await client.query(
      `insert into labels (pipeline, key, value, observed_at, known_at)
       select $1, f.key, f.value, f.observed_at, case when known.value is null then f.observed_at else $5 end
       from unnest($2::text[], $3::float8[], $4::timestamptz[]) as f (key, value, observed_at)
       left join lateral (
         select value from labels
         where pipeline = $1 and key = f.key and observed_at = f.observed_at and known_at <= $5
         order by known_at desc, id desc limit 1
       ) known on true
       where known.value is distinct from f.value`,
      [pipeline, facts.map((f) => f.key), facts.map((f) => f.value), facts.map((f) => f.observedAt), knownAt],
    );
    return rowCount ?? 0;
  };
  return transaction(database, insert, signal);
}

/** `readFacts` streams the facts of a Parquet file of labels, of a key and a moment one. */
export function createLabels(database: Database, readFacts: (file: string) => AsyncIterable<LabelFact[]>): Labels {
  return {
    async ingest(pipeline, { id, file }, knownAt, signal) {
      let written = 0;
      for await (const facts of readFacts(file))
        for (let start = 0; start < facts.length; start += BATCH)
          written += await writeFacts(database, pipeline, facts.slice(start, start + BATCH), knownAt, signal);
      await database.query('insert into label_ingestions (part) values ($1) on conflict do nothing', [id]);
      return written;
    },

    async ingested(parts) {
      const { rows } = await database.query<{ part: string }>(
        'select part from label_ingestions where part = any($1)',
        [parts],
      );
      return rows.map(({ part }) => part);
    },
  };
}
