import { userCacheFolder } from '../adapters/cache-folder.ts';
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The Python of a virtual environment with these packages, made in the user's cache folder the first time. */
export function pythonWith(name: string, packages: readonly string[], report: (line: string) => void): string {
  const folder = join(userCacheFolder(), 'bench', name);
  const python = join(folder, 'bin', 'python');
  const done = join(folder, 'installed');
  if (existsSync(done)) return python;
  report(`installing ${packages.join(', ')} into ${folder}`);
  rmSync(folder, { recursive: true, force: true });
  run('python3', ['-m', 'venv', folder]);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages]);
  writeFileSync(done, packages.join('\n'));
  return python;
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr.trim()}`);
}
