import { errorCode } from '../objects/hash-file.ts';
import type { Copying } from './extraction.ts';
import { csvRows, load, type Loaded, type LoadedColumn } from './load.ts';
import { makePipe, openForWriting } from './pipe.ts';
import { unreadableRows } from './refusals.ts';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';

const CANCEL_MILLISECONDS = 2_000;

/** Rows as CSV, with the columns of `csvRows`. */
export interface Pouring {
  where: string;
  columns: LoadedColumn[];
  /** Called once there is a reader. Ends when `stop` aborts. */
  begin(stop: AbortSignal): AsyncIterable<Buffer | string>;
  /** Tells the source to stop sending rows. */
  cancel?(): Promise<void>;
  /** Keeps one of the rows with the same time and key. */
  once?: boolean;
}

/** Pours rows through a named pipe into a DuckDB that sorts and writes them. */
export async function pour({ where, columns, begin, cancel, once }: Pouring, copying: Copying): Promise<Loaded> {
  const { file, folder, signal } = copying;
  signal.throwIfAborted();
  const pipe = join(folder, 'rows.csv');
  await makePipe(pipe);
  const rows = csvRows(pipe, columns);
  const loading = await load(once ? `(select distinct on (_time, _key) * from ${rows})` : rows, file, columns, copying);

  // Either side's failure ends the other: a reader without a writer waits for ever, as does a writer without a reader.
  const readerFailed = new AbortController();
  let readerEnded = false;
  const written = loading.finished.finally(() => (readerEnded = true));
  written.catch((error: unknown) => readerFailed.abort(error));
  const stop = AbortSignal.any([signal, readerFailed.signal]);

  const pourIn = async (): Promise<void> => {
    try {
      const writer = await openForWriting(pipe, () => readerEnded);
      if (!writer) return;
      await pipeline(begin(stop), counting(copying.onBytes), writer, { signal: stop });
    } catch (error) {
      loading.interrupt();
      if (stop.aborted && cancel) await Promise.race([cancel(), delay(CANCEL_MILLISECONDS)]);
      throw error;
    }
  };
  const [poured, loaded] = await Promise.allSettled([pourIn(), written]);
  signal.throwIfAborted();
  if (poured.status === 'rejected' && !causedByReader(poured.reason, readerFailed.signal)) throw poured.reason;
  if (loaded.status === 'rejected') throw unreadableRows(loaded.reason, where, columns);
  return loaded.value;
}

const counting = (onBytes: (bytes: number) => void) =>
  async function* (chunks: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
      onBytes(bytes.length);
      yield bytes;
    }
  };

/** A reader that gave up breaks the pipe or stops the pouring; then the reader's error is the cause. */
const causedByReader = (error: unknown, readerFailed: AbortSignal): boolean =>
  errorCode(error) === 'EPIPE' ||
  error === readerFailed.reason ||
  (error instanceof Error && error.name === 'AbortError');
