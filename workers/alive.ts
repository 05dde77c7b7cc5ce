import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const EVERY_MS = 10_000; // infra/healthcheck.cjs takes a minute without it for a worker that hangs

/** While `works` says so, touches a file by which those who look after this process see that it turns. Returns what ends it. */
export function giveSigns(dataFolder: string, works: () => boolean): () => void {
  const file = join(dataFolder, 'worker.alive');
  mkdirSync(dataFolder, { recursive: true });
  const touch = (): void => {
    if (works()) writeFileSync(file, '');
  };
  touch();
  const timer = setInterval(touch, EVERY_MS).unref();
  return () => {
    clearInterval(timer);
    rmSync(file, { force: true });
  };
}
