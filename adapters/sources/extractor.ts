import type { Partition } from '../../core/data/data.ts';
import type { Extractor, LeftOut, Reading } from '../../core/sources/extractor.ts';
import type { Progress } from '../../core/base/progress.ts';
import type { Instant } from '../../core/time/time.ts';
import type { Secrets } from '../../core/sources/secrets.ts';
import { linkLocalAddresses } from '../http/addresses.ts';
import { createFileExtraction } from './csv/copy.ts';
import type { Copying, Extraction, ReadingOf } from './extraction.ts';
import { createApiExtraction } from './http/copy.ts';
import type { Manners } from './http/ask.ts';
import { createTableExtraction } from './postgres/copy.ts';
import { createRarely } from './rarely.ts';
import { createTurns } from './turns.ts';
import { createHttpClient } from '../http/client.ts';
import { hashFile } from '../objects/hash-file.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface ExtractorOptions {
  secrets: Secrets;
  /** DuckDB's memory for one extraction, or for a check of a file; two extractions can run at once. */
  memoryLimit?: string;
  threads?: number;
  /** How to call an API, and how often to retry. */
  manners?: Partial<Manners>;
  /** Whether an API may have a link-local address, like the metadata service of a cloud. */
  linkLocal?: boolean;
  /** The folders whose files may be read; without any, no file may. */
  dataRoots?: readonly string[];
  /** Where sorted copies of CSV files are kept; without it each partition reads its whole file. */
  copiesFolder?: string;
  /** Tells how long a count takes, and when it is a day old. */
  now?: () => number;
}

// Each occupies one of Node's four pool threads all the time; the others look up files and names.
const AT_ONCE = 2;
// Besides these, so that a count, which informs only, does not wait for an extraction of hours.
const COUNTS_AT_ONCE = 1;
/** To count the rows that are left out can take a pass over all rows. */
const COUNTS_MILLISECONDS = 10_000;
const PROGRESS_MILLISECONDS = 1_000;

/** Reads rows of tables, APIs and files into Parquet, by a DuckDB that sorts and writes. */
export function createExtractor({
  secrets,
  memoryLimit = '300MB',
  threads = 2,
  manners = {},
  linkLocal = false,
  dataRoots = [],
  copiesFolder,
  now = Date.now,
}: ExtractorOptions): Extractor {
  const inTurn = createTurns(AT_ONCE);
  const countInTurn = createTurns(COUNTS_AT_ONCE);
  const rarely = createRarely<LeftOut | null>(now);
  const kinds: { [Kind in Reading['from']['kind']]: Extraction<Kind> } = {
    postgres: createTableExtraction(secrets),
    http: createApiExtraction(
      secrets,
      createHttpClient({ refusal: linkLocal ? null : linkLocalAddresses, keepAlive: true }),
      manners,
    ),
    csv: createFileExtraction(dataRoots, memoryLimit, copiesFolder),
  };
  const check = async <Kind extends Reading['from']['kind']>(reading: ReadingOf<Kind>): Promise<string[]> =>
    kinds[reading.from.kind as Kind].check(reading);
  const count = async <Kind extends Reading['from']['kind']>(
    reading: ReadingOf<Kind>,
    from: Instant,
    signal: AbortSignal,
  ): Promise<LeftOut | null> => {
    const { leftOut } = kinds[reading.from.kind as Kind];
    // Of a kind that can never tell, each run would say so for ever.
    if (!leftOut) return { withoutTime: 0, older: 0 };
    const tooLong = AbortSignal.timeout(COUNTS_MILLISECONDS);
    try {
      return await leftOut(reading, from, AbortSignal.any([signal, tooLong]));
    } catch (error) {
      signal.throwIfAborted();
      if (tooLong.aborted) return null;
      throw error;
    }
  };
  const copy = <Kind extends Reading['from']['kind']>(reading: ReadingOf<Kind>, copying: Copying): Promise<number> =>
    kinds[reading.from.kind as Kind].copy(reading, copying);

  async function extract(reading: Reading, partition: Partition, file: string, { signal, onProgress }: Progress) {
    const folder = await mkdtemp(join(dirname(file), 'extract-'));
    let bytes = 0;
    const onBytes = (more: number): void => void (bytes += more);
    // By time and not by bytes: a database can search, and DuckDB sort, for minutes without moving any.
    const ticking = setInterval(() => onProgress({ bytes }), PROGRESS_MILLISECONDS);
    try {
      const rows = await copy(reading, { partition, file, folder, memoryLimit, threads, signal, onBytes });
      return { rows, ...(await hashFile(file)) };
    } catch (error) {
      await rm(file, { force: true });
      // Report the interruption, not the errors that it caused.
      throw signal.aborted ? signal.reason : error;
    } finally {
      clearInterval(ticking);
      await rm(folder, { recursive: true, force: true });
    }
  }

  return {
    check,
    leftOut: (reading, from, signal) =>
      countInTurn(signal, () =>
        // By the day on which the history begins: pipelines of one table can have different histories.
        rarely(JSON.stringify([reading.from, reading.time, from.slice(0, 10)]), () => count(reading, from, signal)),
      ),
    extract: (reading, partition, file, progress) =>
      inTurn(progress.signal, () => extract(reading, partition, file, progress)),
  };
}
