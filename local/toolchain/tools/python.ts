import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashFile } from '../../../adapters/objects/hash-file.ts';
import { startLeashed } from '../../stack/leash.ts';
import { environment, machineIn } from '../../../wiring/settings.ts';
import { pythonMegabytes } from '../pins.ts';
import { finished } from '../tool.ts';
import { pipIsHere } from '../wheel.ts';

/** Packages that tests and benchmarks use; python/NAME.txt pins each with all that it brings, by version and hash. */
export type PythonPackages = keyof typeof pythonMegabytes;

export interface FindPythonOptions {
  report: (line: string) => void;
  env?: NodeJS.ProcessEnv;
}

const FROM = 'from the Python package index';

export interface PythonCommands {
  folder: string;
  /** "in the cache", "13 MB from the Python package index". */
  how: string;
}

/** Where the virtual environment with these packages is, and whether it is whole. */
export async function lookForPython(packages: PythonPackages, env: NodeJS.ProcessEnv = environment) {
  const lock = fileURLToPath(new URL(`../python/${packages}.txt`, import.meta.url));
  const { sha256 } = await hashFile(lock);
  const folder = join(machineIn(env).cacheFolder, 'toolchain', `python-${packages}-${sha256.slice(0, 12)}`);
  const whole = join(folder, 'whole'); // an environment cannot be moved, so what a killed installation left lies here too
  const what = `${pythonMegabytes[packages]} MB ${FROM}`;
  return { lock, folder, commands: join(folder, 'bin'), whole, isWhole: existsSync(whole), what };
}

/** The folder of the commands of a virtual environment with these packages, made in the user's cache the first time. */
export async function findPython(
  packages: PythonPackages,
  { report, env = environment }: FindPythonOptions,
): Promise<PythonCommands> {
  const { lock, folder, commands, whole, isWhole, what } = await lookForPython(packages, env);
  if (isWhole) return { folder: commands, how: 'in the cache' };
  const run = async (name: string, command: string, args: string[]): Promise<void> =>
    finished(await startLeashed({ name, command, args, env, logFile: `${folder}.log`, graceMs: 2_000 }));
  await pipIsHere(env);
  report(`fetching ${what} (pip) ...`);
  await rm(folder, { recursive: true, force: true });
  await run('python3 -m venv', 'python3', ['-m', 'venv', '--without-pip', folder]);
  const into = ['--python', join(commands, 'python'), 'install', '--quiet', '--disable-pip-version-check'];
  const exactly = ['--no-compile', '--no-deps', '--require-hashes', '-r', lock];
  await run('pip', 'python3', ['-m', 'pip', ...into, ...exactly]);
  await writeFile(whole, '');
  return { folder: commands, how: what };
}
