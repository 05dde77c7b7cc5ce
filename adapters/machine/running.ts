import { isAlive, type ProcessId } from './processes.ts';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What commands in the same folder need to reach the environment that runs there. */
export type Environment = Record<string, string>;

/** What `npm start` leaves in its home folder for as long as it runs. */
export interface Running extends ProcessId {
  environment: Environment;
}

export const runningFile = (folder: string): string => join(folder, 'running.json');

/** The environment published in a home folder, or null when nothing runs there. */
export function readRunning(path: string): Environment | null {
  const running = readProcessFile<Running>(runningFile(resolve(path)));
  return running !== null && isAlive(running) ? running.environment : null;
}

/** Null when the file is not there, or is not what we write. */
export function readProcessFile<T extends ProcessId>(path: string): T | null {
  try {
    const content = JSON.parse(readFileSync(path, 'utf8')) as T;
    return Number.isInteger(content.pid) && content.pid > 0 ? content : null;
  } catch {
    return null;
  }
}
