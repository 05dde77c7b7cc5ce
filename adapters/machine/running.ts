import { isAlive, type ProcessId } from './processes.ts';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What commands in the same folder need to reach the running environment. */
export type Environment = Record<string, string>;

/** The file that `npm start` keeps in its home folder while it runs. */
export interface Running extends ProcessId {
  environment: Environment;
}

export const runningFile = (folder: string): string => join(folder, 'running.json');

/** The environment published in a home folder, or null when nothing runs there. */
export function readRunning(path: string): Environment | null {
  const running = readProcessFile<Running>(runningFile(resolve(path)));
  return running !== null && isAlive(running) ? running.environment : null;
}

/** Null if the file is missing, or is not ours. */
export function readProcessFile<T extends ProcessId>(path: string): T | null {
  try {
    const content = JSON.parse(readFileSync(path, 'utf8')) as T;
    return Number.isInteger(content.pid) && content.pid > 0 ? content : null;
  } catch {
    return null;
  }
}
