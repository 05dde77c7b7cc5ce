import { type Partition } from '../core/data.ts';
import { type Extractor, type Progress, type Reading, type Secrets } from '../core/ports.ts';
import { copyRows } from './extraction/copy.ts';
import { planReading } from './extraction/plan.ts';
import { withSource } from './extraction/source.ts';
import { createTurns } from './extraction/turns.ts';
import { hashFile } from './hash-file.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface ExtractorOptions {
  secrets: Secrets;
  /** What DuckDB may take for one extraction; two may run at once. */
  memoryLimit?: string;
  threads?: number;
}

// Each holds one of Node's four pool threads from beginning to end, and files and names are looked up by the others.
const AT_ONCE = 2;
const PROGRESS_MILLISECONDS = 1_000;

/** Streams tables of any Postgres into Parquet: COPY as CSV, through a named pipe, into a DuckDB that sorts and writes. */
export function createExtractor({ secrets, memoryLimit = '300MB', threads = 2 }: ExtractorOptions): Extractor {
  const inTurn = createTurns(AT_ONCE);

  async function extract(reading: Reading, partition: Partition, file: string, { signal, onProgress }: Progress) {
    const folder = await mkdtemp(join(dirname(file), 'extract-'));
    let bytes = 0;
    const onBytes = (more: number): void => void (bytes += more);
    // By the clock and not by the bytes: a database may search, and DuckDB sort, for minutes without moving any.
    const ticking = setInterval(() => onProgress({ bytes }), PROGRESS_MILLISECONDS);
    try {
      const rows = await withSource({ secrets, reading, signal }, (source) =>
        copyRows(source, { reading, partition, file, folder, memoryLimit, threads, signal, onBytes }),
      );
      return { rows, ...(await hashFile(file)) };
    } catch (error) {
      await rm(file, { force: true });
      // Whatever the interruption broke on its way, the interruption is what happened.
      throw signal.aborted ? signal.reason : error;
    } finally {
      clearInterval(ticking);
      await rm(folder, { recursive: true, force: true });
    }
  }

  return {
    check: (reading) =>
      withSource({ secrets, reading }, async (source) => {
        const plan = await planReading(source, reading);
        // Returns nothing, at once, and yet needs every right that a reading needs.
        await source.client.query(`${plan.select({ from: EPOCH, to: EPOCH })} limit 0`);
      }),
    extract: (reading, partition, file, progress) =>
      inTurn(progress.signal, () => extract(reading, partition, file, progress)),
  };
}

const EPOCH = new Date(0).toISOString();
