import type { Copying, Extraction, ReadingOf } from '../extraction.ts';
import { loadedColumns } from '../load.ts';
import { pour } from '../pour.ts';
import { refuseRowsWithoutKey, refuseUnknownClasses } from '../refusals.ts';
import { planReading } from './plan.ts';
import { type Source, unlessAborted, withSource } from './source.ts';
import { quoted, quotedTable } from './table.ts';
import { errorCode } from '../../objects/hash-file.ts';
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
  withoutTime: (reading, signal) =>
    withSource({ secrets, reading, signal }, (source) => countWithoutTime(source, reading, signal)),
  copy: (reading, copying) =>
    withSource({ secrets, reading, signal: copying.signal }, (source) => copyRows(source, reading, copying)),
});

/** Without an index on the time that reads the whole table. */
const LOOKS_MILLISECONDS = 10_000;
const QUERY_CANCELED = '57014';

async function countWithoutTime(
  { client, cancel }: Source,
  { from: { table }, time }: ReadingOf<'postgres'>,
  signal: AbortSignal,
): Promise<number | null> {
  const stop = (): void => void cancel();
  try {
    signal.addEventListener('abort', stop, { once: true });
    await client.query(`set local statement_timeout = ${LOOKS_MILLISECONDS}`);
    const { rows } = await unlessAborted(
      client.query<{ count: string }>(`select count(*) from ${quotedTable(table)} where ${quoted(time)} is null`),
      signal,
    );
    return Number(rows[0]!.count);
  } catch (error) {
    signal.throwIfAborted();
    if (errorCode(error) === QUERY_CANCELED) return null;
    throw error;
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
