import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { userCacheFolder } from '../../adapters/cache-folder.ts';
import { hashFile } from '../../adapters/hash-file.ts';
import { startLeashed } from '../leash.ts';
import { finished } from './tool.ts';

/** Packages that tests and benchmarks use; python/NAME.txt pins each with all that it brings, by version and hash. */
export type PythonPackages = 'schemathesis' | 'kubernetes-validate' | 'bench-serving' | 'bench-drift';

export interface FindPythonOptions {
  report: (line: string) => void;
  env?: NodeJS.ProcessEnv;
}

/** The folder of the commands of a virtual environment with these packages, made in the user's cache the first time. */
export async function findPython(
  packages: PythonPackages,
  { report, env = process.env }: FindPythonOptions,
): Promise<string> {
  const lock = fileURLToPath(new URL(`python/${packages}.txt`, import.meta.url));
  const { sha256 } = await hashFile(lock);
  const folder = join(userCacheFolder(env), 'toolchain', `python-${packages}-${sha256.slice(0, 12)}`);
  const commands = join(folder, 'bin');
  const whole = join(folder, 'whole'); // an environment cannot be moved, so what a killed installation left lies here too
  if (existsSync(whole)) return commands;
  const run = async (name: string, command: string, args: string[]): Promise<void> =>
    finished(await startLeashed({ name, command, args, env, logFile: `${folder}.log`, graceMs: 2_000 }));
  report(`Installing the Python packages of ${packages} into ${folder} ...`);
  await rm(folder, { recursive: true, force: true });
  await run('python3 -m venv', 'python3', ['-m', 'venv', folder]);
  const exactly = ['--no-deps', '--require-hashes', '-r', lock];
  await run('pip', join(commands, 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...exactly]); // prettier-ignore
  await writeFile(whole, '');
  return commands;
}
