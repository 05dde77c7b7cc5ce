import { writeWhole } from './files.ts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Numbers this replica has never counted under before. */
export interface Sequence {
  next(): Promise<number>;
}

/**
 * A counter in the data folder. It never lies behind the machine's seconds, so that a replica which lost its folder
 * does not count under old numbers and overwrite its own totals with smaller ones.
 */
export function createSequence(folder: string, now: () => number = Date.now): Sequence {
  const path = join(folder, 'sequence');
  let last = 0;
  return {
    async next() {
      last = Math.max(last + 1, readNumber(path) + 1, Math.floor(now() / 1000));
      // On a full disk the seconds alone keep the next process from repeating this number.
      await writeWhole(path, String(last)).catch(() => undefined);
      return last;
    },
  };
}

function readNumber(path: string): number {
  try {
    const number = Number(readFileSync(path, 'utf8'));
    return Number.isSafeInteger(number) ? number : 0;
  } catch {
    return 0; // The first start in this folder.
  }
}
