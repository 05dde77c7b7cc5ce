import type { Copying, Extraction, ReadingOf } from '../extraction.ts';
import { loadedColumns } from '../load.ts';
import { pour } from '../pour.ts';
import { refuseRowsWithoutKey, refuseUnknownClasses } from '../refusals.ts';
import { planReading } from './plan.ts';
import { type Source, unlessAborted, withSource } from './source.ts';
import { quoted, quotedTable } from './table.ts';
import { errorCode } from '../../objects/hash-file.ts';
import type { LeftOut } from '../../../core/sources/extractor.ts';
import type { Instant } from '../../../core/time/time.ts';
import type { Secrets } from '../../../core/sources/secrets.ts';
import { CSV_NULL } from '../load.ts';
import { to as copyTo } from 'pg-copy-streams';

const EPOCH = new Date(0).toISOString();

/** Reads tables of any Postgres: COPY as CSV. */
export const createTableExtraction = (secrets: Secrets): Extraction<'postgres'> => ({
  check: (reading) =>
    withSource({ secrets, reading }, async (source) => {
      const plan = await planReading(source, reading);
      // Returns nothing, at once, and yet needs every right that a reading needs.
      await source.client.query(`${plan.select({ from: EPOCH, to: EPOCH })} limit 0`);
      return plan.columns;
    }),
  leftOut: (reading, from, signal) =>
    withSource({ secrets, reading, signal }, (source) => countLeftOut(source, reading, from, signal)),
  copy: (reading, copying) =>
    withSource({ secrets, reading, signal: copying.signal }, (source) => copyRows(source, reading, copying)),
});

/** Without an index on the time that reads the whole table. */
const LOOKS_MILLISECONDS = { both: 6_000, withoutTime: 3_000 };
const QUERY_CANCELED = '57014';

/** All that is left out in one pass over the table; if that takes too long, only what an index finds at once. */
async function countLeftOut(
  source: Source,
  reading: ReadingOf<'postgres'>,
  from: Instant,
  signal: AbortSignal,
): Promise<LeftOut | null> {
  const { client, cancel } = source;
  const table = quotedTable(reading.from.table);
  const stop = (): void => void cancel();
  const count = async <Counted extends object>(sql: string, milliseconds: number): Promise<Counted | null> => {
    try {
      await client.query(`savepoint counting; set local statement_timeout = ${milliseconds}`);
      const { rows } = await unlessAborted(client.query<Counted>(sql), signal);
      return rows[0]!;
    } catch (error) {
      signal.throwIfAborted();
      if (errorCode(error) !== QUERY_CANCELED) throw error;
      await client.query('rollback to counting');
      return null;
    }
  };
  try {
    const older = (await planReading(source, reading)).before(from);
    signal.addEventListener('abort', stop, { once: true });
    const timeless = `${quoted(reading.time)} is null`;
    return (
      (await count<LeftOut>(
        `select (count(*) filter (where ${timeless}))::float8 as "withoutTime",
                (count(*) filter (where ${older}))::float8 as older
         from ${table} where ${timeless} or ${older}`,
        LOOKS_MILLISECONDS.both,
      )) ??
      (await count<LeftOut>(
        `select count(*)::float8 as "withoutTime", null as older from ${table} where ${timeless}`,
        LOOKS_MILLISECONDS.withoutTime,
      ))
    );
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function copyRows(source: Source, reading: ReadingOf<'postgres'>, copying: Copying): Promise<number> {
  const { partition } = copying;
  const { where } = source;
  const plan = await planReading(source, reading);
  const sent = copyTo(`copy (${plan.select(partition)}) to stdout (format csv, null '${CSV_NULL}', encoding 'UTF8')`);
  const { rows, withoutKey, ofNoClass } = await pour(
    {
      where,
      columns: loadedColumns(reading),
      begin: () => source.client.query(sent),
      cancel: source.cancel,
    },
    copying,
  );
  if (sent.rowCount !== rows)
    throw new Error(
      `${where} sent ${sent.rowCount} rows from ${partition.from} to ${partition.to}, and ${rows} of them were ` +
        'written. Try again.',
    );
  refuseRowsWithoutKey(withoutKey, { where, key: reading.key, partition });
  refuseUnknownClasses(ofNoClass, where, reading, partition);
  return rows;
}
