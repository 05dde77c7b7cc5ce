import { UserError } from '../../../core/base/errors/errors.ts';
import { ask } from '../../duckdb/ask.ts';
import { openDuck } from '../../duckdb/database.ts';
import { fileWithin } from '../data-roots.ts';
import type { Extraction, ReadingOf } from '../extraction.ts';
import { load, loadedColumns, type Loaded } from '../load.ts';
import { refuseRowsWithoutKey, refuseUnknownClasses, unreadableRows } from '../refusals.ts';
import { createCopies, versionOf } from './copies.ts';
import { planReading } from './plan.ts';
import { findWrongValue, misshapen } from './wrong-value.ts';
import { rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';

const CHECKED_ROWS = 1_000;
/** To count the rows that are left out takes a pass over the whole file. */
const MOST_COUNTED_BYTES = 2 ** 30;
/** To read the times in it takes three times as long. */
const MOST_DATED_BYTES = 2 ** 28;

/**
 * Reads rows of CSV files: with a header, in UTF-8, an empty value for null, times in UTC unless they name their zone.
 */
export function createFileExtraction(
  dataRoots: readonly string[],
  memoryLimit: string,
  copiesFolder?: string,
): Extraction<'csv'> {
  const copies = copiesFolder === undefined ? null : createCopies(copiesFolder);
  return {
    async check(declared) {
      const reading = await located(declared, dataRoots);
      const plan = await planReading(reading);
      const wrong = await findWrongValue(reading.from.file, plan, {
        memoryLimit,
        threads: 1,
        folder: tmpdir(),
        first: CHECKED_ROWS,
      });
      if (wrong) throw wrong;
      return plan.columns.filter((column) => column !== '');
    },
    async leftOut(declared, from, signal) {
      const reading = await located(declared, dataRoots);
      const { size } = await stat(reading.from.file);
      if (size > MOST_COUNTED_BYTES) return null;
      const { file, checked, before } = await planReading(reading);
      const older = size > MOST_DATED_BYTES ? 'null' : `count(*) filter (${before(from)})`;
      const instance = await openDuck({ memoryLimit, threads: 1, folder: tmpdir() });
      try {
        return await ask({ instance, signal: () => signal }, [], async (connection) => {
          const counted = await connection.runAndReadAll(
            `select (count(*) filter (${checked[0]!.field} is null))::double, (${older})::double from ${file}`,
          );
          const [withoutTime, old] = counted.getRowsJS()[0] as [number, number | null];
          return { withoutTime, older: old };
        });
      } finally {
        instance.closeSync();
      }
    },
    async copy(declared, copying) {
      const reading = await located(declared, dataRoots);
      const { partition, file, signal } = copying;
      const where = reading.from.file;
      const version = await versionOf(where); // before its first line is read
      const plan = await planReading(reading);
      signal.throwIfAborted();
      const loaded = async (copy?: string): Promise<Loaded> => {
        const loading = await load(plan.rows(partition, copy), file, loadedColumns(reading), copying);
        signal.addEventListener('abort', loading.interrupt);
        if (signal.aborted) loading.interrupt(); // while it was being opened
        return loading.finished.finally(() => signal.removeEventListener('abort', loading.interrupt));
      };
      try {
        const copy = await copies?.of(where, version, plan, copying);
        const fromCopy = copy && (await loaded(copy).catch(() => null));
        signal.throwIfAborted();
        const { rows, withoutKey, ofNoClass } = fromCopy || (await loaded()); // which also tells what is wrong with a file
        if (copy && !fromCopy) await rm(copy, { force: true }); // it is damaged
        refuseRowsWithoutKey(withoutKey, { where, key: reading.key, partition });
        const stranger =
          ofNoClass > 0 && (await findWrongValue(where, plan, { ...copying, within: plan.within(partition) }));
        if (stranger) throw stranger;
        refuseUnknownClasses(ofNoClass, where, reading, partition);
        return rows;
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof UserError) throw error;
        throw (
          misshapen(where, error) ??
          (await findWrongValue(where, plan, { ...copying, within: plan.within(partition) })) ??
          unreadableRows(error, where)
        );
      }
    },
  };
}

/** The reading of the file at the declared path, with links resolved now. */
const located = async (reading: ReadingOf<'csv'>, dataRoots: readonly string[]): Promise<ReadingOf<'csv'>> => ({
  ...reading,
  from: { ...reading.from, file: await fileWithin(dataRoots, reading.from.file) },
});
