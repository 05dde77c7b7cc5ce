import { errorCode } from '../objects/hash-file.ts';
import { execFile } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** Makes a named pipe: one process writes, another reads, and no file grows. */
export async function makePipe(path: string): Promise<void> {
  await promisify(execFile)('mkfifo', ['-m', '600', path]);
}

/**
 * Opens a named pipe for writing once someone reads it, or returns null when `abandoned` reports that nobody will. The
 * reader blocks one of Node's four pool threads until then. So nothing here waits for such a thread: a non-blocking
 * open fails at once while there is no reader, and the event loop writes the socket.
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
