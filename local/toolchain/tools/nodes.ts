import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashFile } from '../../../adapters/objects/hash-file.ts';
import { environment, machineIn } from '../../../wiring/settings.ts';
import { installLocked } from './npm.ts';
import { makeInCache } from '../tool.ts';

const LOCKED = fileURLToPath(new URL('../nodes/', import.meta.url));

/** Programs of the releases of Node that the product is for, by major version, on Linux with x64: out of npm's registry. */
export async function findNodes({ report = (_line: string): void => {}, env = environment } = {}): Promise<
  { major: number; path: string }[]
> {
  const { sha256 } = await hashFile(join(LOCKED, 'package-lock.json'));
  const folder = join(machineIn(env).cacheFolder, 'toolchain', `nodes-${sha256.slice(0, 12)}`);
  const nodes = [20, 22, 24].map((major) => ({ major, path: join(folder, `node${major}`) }));
  if (existsSync(folder)) return nodes;
  report('fetching 140 MB from the npm registry ...');
  await makeInCache(folder, async (draft) => {
    await installLocked(LOCKED, draft, { logFile: `${folder}.log`, env });
    for (const { major } of nodes)
      await rename(join(draft, 'node_modules', `node${major}`, 'bin', 'node'), join(draft, `node${major}`));
    await rm(join(draft, 'node_modules'), { recursive: true }); // headers, and npm's documents
  });
  return nodes;
}
