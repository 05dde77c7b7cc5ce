import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../core/base/errors/errors.ts';
import { type Leashed } from '../stack/leash.ts';
import { environment } from '../../wiring/settings.ts';

/** Runs a program to its end; fails with what it wrote, shortened. */
export function output(command: string, args: string[], env: NodeJS.ProcessEnv = environment): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { env, timeout: 20_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else
        reject(
          new Error(
            (error as NodeJS.ErrnoException).code === 'ENOENT' ? `no ${command} here` : lastLine(stderr, error),
          ),
        );
    });
  });
}

const lastLine = (text: string, error: Error): string => text.trim().split('\n').at(-1) || messageOf(error);

/** Makes a folder in the cache whole or not at all: `make` fills a temporary one, which is then put in its place. */
export async function makeInCache(folder: string, make: (draft: string) => Promise<void>): Promise<void> {
  const parent = join(folder, '..');
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent);
  const draft = await mkdtemp(`${folder}.making-`);
  try {
    await make(draft);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** What a killed making left behind; another that is still at work began within the day. */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of (await readdir(parent)).filter((each) => each.includes('.making-'))) {
    const made = await stat(join(parent, name)).catch(() => null);
    if (made !== null && Date.now() - made.mtimeMs > 86_400_000)
      await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** Waits for a build or download; fails with the end of its output. Tells every half minute that it still runs. */
export async function finished(work: Leashed, stillRunning: (minutes: number) => void = () => {}): Promise<void> {
  const began = Date.now();
  const timer = setInterval(() => stillRunning(Math.round((Date.now() - began) / 6_000) / 10), 30_000);
  try {
    const { code, signal } = await work.exited;
    if (code !== 0) throw new Error(`${work.name} ended with ${signal ?? `exit code ${code}`}: ${work.tail()}`);
  } finally {
    clearInterval(timer);
  }
}
