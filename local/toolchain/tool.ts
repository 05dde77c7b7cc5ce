import { execFile } from 'node:child_process';
import { mkdtemp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../core/errors.ts';
import { forkNode, type Leashed } from '../leash.ts';

const QUIET_MS = 20_000; // a download that brings nothing for this long is not coming
const DOWNLOAD_MS = 600_000;

/** Runs a program to its end; fails with what it wrote, shortened. */
export function output(command: string, args: string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
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

/**
 * Has the Temporal SDK download one of its servers into `folder`, in a process of its own that is ended when nothing
 * arrives; returns the file. Without internet this fails in a second or so.
 */
export async function sdkDownload(
  what: 'dev-server' | 'test-server',
  version: string,
  folder: string,
  logFile: string,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const work = await forkNode(join(import.meta.dirname, 'sdk-download.ts'), {
    name: 'the download',
    args: [what, version, folder],
    env,
    logFile,
    graceMs: 2_000,
  });
  const stopped = await stopWhenQuiet(work, folder);
  if (stopped !== null) throw new Error(stopped);
  await finished(work);
  const [file] = await readdir(folder);
  if (file === undefined) throw new Error('the SDK said it was downloaded, but there is no file');
  return join(folder, file);
}

async function stopWhenQuiet(work: Leashed, folder: string): Promise<string | null> {
  const began = Date.now();
  let bytes = 0;
  let lastArrival = began;
  let ended = false;
  void work.exited.then(() => (ended = true));
  while (!ended) {
    await Promise.race([work.exited, sleep(500)]);
    const now = await sizeOf(folder);
    if (now !== bytes) lastArrival = Date.now();
    bytes = now;
    const reason =
      Date.now() - lastArrival > QUIET_MS
        ? 'nothing arrived for 20 s'
        : Date.now() - began > DOWNLOAD_MS
          ? 'it took over 10 min'
          : null;
    if (reason !== null && !ended) {
      await work.stop();
      return `${work.name} was given up: ${reason}`;
    }
  }
  return null;
}

async function sizeOf(folder: string): Promise<number> {
  let total = 0;
  for (const name of await readdir(folder)) total += (await stat(join(folder, name)).catch(() => ({ size: 0 }))).size;
  return total;
}
