import type { BatchPrediction } from '../../../core/data/predictions/batches.ts';
import type { Row } from '../../../core/data/data.ts';
import { instant } from '../../../core/time/time.ts';
import { hashFile } from '../../objects/hash-file.ts';
import { chunksOf } from '../ask.ts';
import { parquet, text } from '../sql.ts';
import {
  BOOLEAN,
  DOUBLE,
  DuckDBListValue,
  DuckDBDataChunk,
  DuckDBTimestampValue,
  LIST,
  TIMESTAMP,
  VARCHAR,
  type DuckDBAppender,
  type DuckDBConnection,
} from '@duckdb/node-api';

const types = [VARCHAR, TIMESTAMP, DOUBLE, BOOLEAN, VARCHAR, LIST(DOUBLE), DOUBLE, DOUBLE, VARCHAR];
/** The rows in a chunk of DuckDB. */
const CHUNK = 2_048;

/** Collects predictions in a table that DuckDB spills to disk when it grows, then writes it as Parquet. */
export async function writePredictions(
  connection: DuckDBConnection,
  predictions: AsyncIterable<BatchPrediction[]>,
  version: number,
  file: string,
): Promise<{ rows: number; sha256: string }> {
  await connection.run(
    'create temp table predicted (key varchar, time timestamp, score double, decision boolean, label varchar, probabilities double[], low double, high double, sliced varchar)',
  );
  const appender = await connection.createAppender('predicted', 'main', 'temp');
  let rows = 0;
  let [hasClasses, hasIntervals, hasSlices] = [false, false, false];
  try {
    for await (const some of predictions) {
      for (let start = 0; start < some.length; start += CHUNK) append(appender, some.slice(start, start + CHUNK));
      rows += some.length;
      hasClasses ||= some.some(({ label }) => label !== undefined);
      hasIntervals ||= some.some(({ low }) => low !== undefined);
      hasSlices ||= some.some(({ sliced }) => sliced !== undefined);
    }
  } finally {
    appender.closeSync();
  }
  await connection.run(
    `copy (select key, time, ${Math.trunc(version)}::integer as version, score, decision${hasClasses ? ', label, probabilities' : ''}${hasIntervals ? ', low, high' : ''}${hasSlices ? ', sliced' : ''} from predicted)
     to ${text(file)} (format parquet, compression zstd)`,
  );
  return { rows, sha256: (await hashFile(file)).sha256 };
}

function append(appender: DuckDBAppender, some: BatchPrediction[]): void {
  const chunk = DuckDBDataChunk.create(types, some.length);
  chunk.setColumns([
    some.map(({ key }) => key),
    some.map(({ time }) => new DuckDBTimestampValue(BigInt(Date.parse(time)) * 1_000n)),
    some.map(({ score }) => score),
    some.map(({ decision }) => decision),
    some.map(({ label }) => label ?? null),
    some.map(({ probabilities }) => (probabilities ? new DuckDBListValue(probabilities) : null)),
    some.map(({ low }) => low ?? null),
    some.map(({ high }) => high ?? null),
    some.map(({ sliced }) => (sliced ? JSON.stringify(sliced) : null)),
  ]);
  appender.appendDataChunk(chunk);
}

export async function* readPredictions(connection: DuckDBConnection, file: string): AsyncGenerator<BatchPrediction[]> {
  // Only predictions of classes have a label, only those with intervals their ends, and only where slices are declared the last.
  const chunks = chunksOf(
    connection,
    `select key, epoch_ms(time)::double, score, decision, label, probabilities, low, high, sliced from (
       select * from ${parquet([file])}
       union all by name select null::varchar as label, null::double[] as probabilities, null::double as low, null::double as high, null::varchar as sliced where false)`,
  );
  for await (const chunk of chunks)
    yield (chunk.getRows() as ReadRow[]).map(
      ([key, time, score, decision, label, probabilities, low, high, sliced]) => ({
        key,
        time: instant(time),
        score,
        decision,
        ...(low !== null && { low, high: high! }),
        ...(label !== null && { label, probabilities: [...probabilities!.items] }),
        ...(sliced !== null && { sliced: JSON.parse(sliced) as Row }),
      }),
    );
}

type ReadRow = [
  key: string,
  time: number,
  score: number,
  decision: boolean | null,
  label: string | null,
  probabilities: { items: readonly number[] } | null,
  low: number | null,
  high: number | null,
  sliced: string | null,
];
