import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startLeashed } from '../../stack/leash.ts';
import { finished } from '../tool.ts';

/** Installs the packages of a lock file, each held against its hash there, into a folder; runs none of their scripts. */
export async function installLocked(
  lock: string,
  folder: string,
  { logFile, env }: { logFile: string; env: NodeJS.ProcessEnv },
): Promise<void> {
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(lock, file), join(folder, file));
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  await finished(
    await startLeashed({ name: 'npm ci', command: 'npm', args, cwd: folder, env, logFile, graceMs: 2_000 }),
  );
}
