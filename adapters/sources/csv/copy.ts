import { UserError } from '../../../core/base/errors/errors.ts';
import { fileWithin } from '../data-roots.ts';
import type { Extraction, ReadingOf } from '../extraction.ts';
import { load, loadedColumns } from '../load.ts';
import { refuseRowsWithoutKey, refuseUnknownClasses, unreadableRows } from '../refusals.ts';
import { planReading } from './plan.ts';
import { findWrongValue, misshapen } from './wrong-value.ts';
import { tmpdir } from 'node:os';

const CHECKED_ROWS = 1_000;

/**
 * Reads rows of CSV files: with a header, in UTF-8, an empty value for null, times in UTC unless they name their zone.
 */
export const createFileExtraction = (dataRoots: readonly string[], memoryLimit: string): Extraction<'csv'> => ({
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
  async copy(declared, copying) {
    const reading = await located(declared, dataRoots);
    const { partition, file, signal } = copying;
    const where = reading.from.file;
    const plan = await planReading(reading);
    signal.throwIfAborted();
    const loading = await load(plan.rows(partition), file, loadedColumns(reading), copying);
    signal.addEventListener('abort', loading.interrupt);
    if (signal.aborted) loading.interrupt(); // while it was being opened
    try {
      const { rows, withoutKey, ofNoClass } = await loading.finished;
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
    } finally {
      signal.removeEventListener('abort', loading.interrupt);
    }
  },
});

/** The reading of the file at the declared path, with links resolved now. */
const located = async (reading: ReadingOf<'csv'>, dataRoots: readonly string[]): Promise<ReadingOf<'csv'>> => ({
  ...reading,
  from: { ...reading.from, file: await fileWithin(dataRoots, reading.from.file) },
});
