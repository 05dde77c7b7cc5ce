import { type Partition } from '../../core/data.ts';
import { messageOf, UserError } from '../../core/errors.ts';
import { type Reading } from '../../core/ports.ts';
import { errorCode } from '../hash-file.ts';
import { load } from './load.ts';
import { makePipe, openForWriting } from './pipe.ts';
import { planReading } from './plan.ts';
import { type Source } from './source.ts';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { to as copyTo } from 'pg-copy-streams';

const CANCEL_MILLISECONDS = 2_000;

export interface Copying {
  reading: Reading;
  partition: Partition;
  /** The Parquet file to write, and a folder for everything that is gone afterwards. */
  file: string;
  folder: string;
  memoryLimit: string;
  threads: number;
  signal: AbortSignal;
  onBytes(bytes: number): void;
}

/** Copies a partition's rows into `file`; returns how many. Unless it returns, the file is not to be used. */
export async function copyRows(source: Source, copying: Copying): Promise<number> {
  const { reading, partition, file, folder, signal } = copying;
  const plan = await planReading(source, reading);
  signal.throwIfAborted();
  const pipe = join(folder, 'rows.csv');
  await makePipe(pipe);
  const loading = await load(pipe, file, plan.columns, copying);

  // Either side's failure ends the other: a reader without a writer waits for ever, as does a writer without a reader.
  const readerFailed = new AbortController();
  let readerEnded = false;
  const written = loading.finished.finally(() => (readerEnded = true));
  written.catch((error: unknown) => readerFailed.abort(error));
  const stop = AbortSignal.any([signal, readerFailed.signal]);

  const rows = copyTo(`copy (${plan.select(partition)}) to stdout (format csv, null '\\N', encoding 'UTF8')`);
  const pour = async (): Promise<void> => {
    try {
      const writer = await openForWriting(pipe, () => readerEnded);
      if (!writer) return;
      source.client.query(rows);
      await pipeline(rows, counting(copying.onBytes), writer, { signal: stop });
    } catch (error) {
      loading.interrupt();
      if (stop.aborted) await Promise.race([source.cancel(), delay(CANCEL_MILLISECONDS)]);
      throw error;
    }
  };
  const [poured, loaded] = await Promise.allSettled([pour(), written]);
  signal.throwIfAborted();
  if (poured.status === 'rejected' && !causedByReader(poured.reason)) throw poured.reason;
  if (loaded.status === 'rejected') throw unreadableRows(loaded.reason, source);
  refuseMiscount({ sent: rows.rowCount, ...loaded.value }, source, copying);
  return loaded.value.rows;
}

const counting = (onBytes: (bytes: number) => void) =>
  async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      onBytes(chunk.length);
      yield chunk;
    }
  };

/** A reader that gave up breaks the pipe or stops the pouring; then it is the reader who knows why. */
const causedByReader = (error: unknown): boolean =>
  errorCode(error) === 'EPIPE' || (error instanceof Error && error.name === 'AbortError');

function unreadableRows(error: unknown, { where }: Source): Error {
  const said = messageOf(error).trim();
  if (!/^(Conversion|Invalid Input) Error/.test(said))
    return new Error(`Writing the rows of ${where} as Parquet failed: ${said}`, { cause: error });
  return new UserError(
    'SOURCE_VALUE_INVALID',
    `${where} holds a value that cannot be read as declared: ${said.split('\n').slice(0, 6).join(' ')}. Mend the ` +
      'value, or read from a view that casts it or leaves it out.',
    { cause: error },
  );
}

function refuseMiscount(
  { sent, rows, withoutKey }: { sent: number; rows: number; withoutKey: number },
  { where }: Source,
  { reading, partition: { from, to } }: Copying,
): void {
  if (sent !== rows)
    throw new Error(`${where} sent ${sent} rows from ${from} to ${to}, and ${rows} of them were written. Try again.`);
  if (withoutKey > 0)
    throw new UserError(
      'SOURCE_VALUE_INVALID',
      `${where} has ${withoutKey} rows without ${reading.key} from ${from} to ${to}, and a key is never null. Mend the ` +
        'rows, or read from a view that leaves them out.',
    );
}
