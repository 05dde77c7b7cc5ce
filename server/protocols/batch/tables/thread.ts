/** A thread that reads one table and writes another: asked by tables.ts, one thing at a time. */
import { messageOf } from '../../../../core/base/errors/errors.ts';
import { type Cell } from '../fields.ts';
import { type TableFormat } from '../formats.ts';
import { readArrow, writeArrow } from './arrow.ts';
import { readParquet, writeParquet } from './parquet.ts';
import { TableProblem, type Chunk, type TableField, type TableReader, type TableWriter } from './table.ts';
import { open, type FileHandle } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';

/** What a thread does, in words for an error, and how it is asked. */
export interface TableCalls {
  open(path: string, format: TableFormat): Promise<string[]>;
  /** The next rows with these columns; null: there are no more. */
  next(columns: readonly string[]): Promise<Chunk | null>;
  begin(format: TableFormat, fields: readonly TableField[]): Promise<void>;
  write(columns: readonly Cell[][]): Promise<Uint8Array>;
  end(): Promise<Uint8Array>;
  /** Lets go of the file that was read. */
  close(): Promise<void>;
}
export type TableCall = keyof TableCalls;
export interface Asked {
  call: TableCall;
  input: unknown[];
}
interface Problem {
  message: string;
  tooLarge: boolean;
}
export type Told = { answer: unknown } | { problem: Problem };

let file: FileHandle | null = null;
let reader: TableReader;
let chunks: AsyncGenerator<Chunk> | null = null;
let writer: TableWriter;
let name = '';

const calls: TableCalls = {
  async open(path, format) {
    name = format === 'parquet' ? 'a Parquet file' : 'an Arrow stream or file';
    file = await open(path);
    reader = await (format === 'parquet' ? readParquet(file) : readArrow(file));
    return reader.columns;
  },
  async next(columns) {
    chunks ??= reader.chunks(columns);
    const { done, value } = await chunks.next();
    return done === true ? null : value;
  },
  async begin(format, fields) {
    writer = format === 'parquet' ? writeParquet(fields) : writeArrow(format, fields);
  },
  write: (columns) => writer.write(columns),
  end: () => writer.end(),
  async close() {
    chunks = null;
    await file?.close();
    file = null;
  },
};

/** What a library says of a broken file can be anything, so it is short; a stack would tell its reader nothing. */
const LONGEST = 200;
const hint = (why: string): string =>
  /codec/.test(why)
    ? 'Write Parquet with snappy, gzip, zstd, brotli or no compression, and Arrow with none.'
    : 'Check that it is whole and of the type that its header names.';

function problemOf(error: unknown): Problem {
  const why = messageOf(error).slice(0, LONGEST);
  const where = `The body cannot be read as ${name}: ${why.replace(/\.?$/, '.')}`;
  if (!(error instanceof TableProblem)) return { message: `${where} ${hint(why)}`, tooLarge: false };
  return { message: error.tooLarge ? why : where, tooLarge: error.tooLarge };
}

async function answer({ call, input }: Asked): Promise<Told> {
  try {
    return { answer: await (calls[call] as (...input: unknown[]) => Promise<unknown>)(...input) };
  } catch (error) {
    // What fails besides reading is no fault of the file's: it ends the thread.
    if (call !== 'open' && call !== 'next') throw error;
    return { problem: problemOf(error) };
  }
}

parentPort!.on('message', (asked: Asked) => void answer(asked).then((told) => parentPort!.postMessage(told)));
