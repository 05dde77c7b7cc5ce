import { KEY, TIME } from '../../../core/data/data.ts';
import { valueColumn } from '../training-sets/labelled.ts';
import { chunksOf } from '../ask.ts';
import { partRows } from '../rows.ts';
import { name } from '../sql.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

export interface Fact {
  key: string;
  value: number;
  /** ISO 8601 in UTC, to the microsecond. */
  observedAt: string;
}

/** Streams the label facts of a part, one per key and time: the same one that `loadFacts` takes. */
export async function* readFacts(connection: DuckDBConnection, file: string): AsyncGenerator<Fact[]> {
  const facts = await partRows(connection, [file]);
  const value = name(valueColumn(facts));
  const chunks = chunksOf(
    connection,
    `select ${KEY}, max(${value}), strftime(${TIME}, '%Y-%m-%dT%H:%M:%S.%fZ') from ${facts.from}
     where ${value} is not null group by ${KEY}, ${TIME}`,
  );
  for await (const chunk of chunks)
    yield (chunk.getRows() as [string, number, string][]).map(([key, value, observedAt]) => ({
      key,
      value,
      observedAt,
    }));
}
