import { type Labels } from '../../core/ports.ts';
import { transaction, type Database } from './database.ts';

const BATCH = 5_000;

/** A label fact as a part holds it. */
export interface LabelFact {
  key: string;
  value: number;
  observedAt: string;
}

/** `readFacts` streams the facts of a Parquet file of labels. */
export function createLabels(database: Database, readFacts: (file: string) => AsyncIterable<LabelFact[]>): Labels {
  return {
    ingest: (pipeline, file) =>
      transaction(database, async (client) => {
        let fresh = 0;
        for await (const facts of readFacts(file))
          for (let start = 0; start < facts.length; start += BATCH) {
            const batch = facts.slice(start, start + BATCH);
            const { rowCount } = await client.query(
              `insert into labels (pipeline, key, value, observed_at)
               select $1, * from unnest($2::text[], $3::float8[], $4::timestamptz[]) on conflict do nothing`,
              [pipeline, batch.map((f) => f.key), batch.map((f) => f.value), batch.map((f) => f.observedAt)],
            );
            fresh += rowCount ?? 0;
          }
        return fresh;
      }),
  };
}
