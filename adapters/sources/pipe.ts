import { errorCode } from '../objects/hash-file.ts';
import { execFile } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Makes a named pipe: what one process writes, another reads, and neither sees a file grow. */
export async function makePipe(path: string): Promise<void> {
  await promisify(execFile)('mkfifo', ['-m', '600', path]);
}

/**
 * Opens a named pipe for writing once someone reads it, or returns null when `abandoned` says that nobody will.
 * The reader blocks one of Node's four pool threads until then. So nothing here waits for such a thread: opening
 * without blocking fails at once while there is no reader, and a socket is written by the event loop.
 */
export async function openForWriting(path: string, abandoned: () => boolean): Promise<Socket | null> {
  while (!abandoned()) {
    try {
      const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
      return new Socket({ fd, readable: false, writable: true });
    } catch (error) {
      if (errorCode(error) !== 'ENXIO') throw error;
      await delay(1);
    }
  }
  return null;
}
