import { DAY } from '../core/time.ts';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

const OLD = 7 * DAY; // longer than any step works on one file

/** Removes what killed processes left in a folder of unfinished work. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null); // its owner may have finished meanwhile
    if (found && Date.now() - found.mtimeMs > OLD) await rm(path, { recursive: true, force: true });
  }
}

/** Makes a folder for unfinished work, and the first time clears it of leftovers. */
export function workFolder(folder: string): () => Promise<void> {
  let cleared: Promise<void> | undefined;
  return async () => {
    await mkdir(folder, { recursive: true });
    await (cleared ??= removeLeftovers(folder));
  };
}
