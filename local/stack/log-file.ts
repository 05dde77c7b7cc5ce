import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const LARGEST_LOG_BYTES = 10_000_000;
const TAIL_BYTES = 4_000;

export interface LogFile {
  /** An open file that a child process writes to. */
  descriptor: number;
  close: () => void;
  /** The last lines written since it was opened. */
  tail: () => string;
}

/** Opens a log to append to; one that has grown large is put aside first, in place of the one put aside before it. */
export function openLog(path: string): LogFile {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path) && statSync(path).size > LARGEST_LOG_BYTES) renameSync(path, `${path}.1`);
  const descriptor = openSync(path, 'a', 0o600);
  const start = fstatSync(descriptor).size;
  return { descriptor, close: () => closeSync(descriptor), tail: () => tailFrom(path, start) };
}

function tailFrom(path: string, start: number): string {
  const descriptor = openSync(path, 'r');
  try {
    const size = fstatSync(descriptor).size;
    const from = Math.max(start, size - TAIL_BYTES);
    const bytes = Buffer.alloc(Math.max(0, size - from));
    readSync(descriptor, bytes, 0, bytes.length, from);
    return bytes.toString('utf8').trimEnd();
  } finally {
    closeSync(descriptor);
  }
}
