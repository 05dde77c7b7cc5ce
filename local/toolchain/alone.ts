import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs the work under a lock file of this machine; waits for another process that holds it. */
export async function alone<T>(file: string, work: () => Promise<T>): Promise<T> {
  // The kernel's lock, held by a process that ends when we do, however we end: so none is ever left behind.
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held && exec cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(holder, 'close');
  const refused = ended.then(() => Promise.reject(new Error(`flock did not lock ${file}`)));
  try {
    await Promise.race([once(holder.stdout, 'data'), refused]);
    return await work();
  } finally {
    holder.stdin.end();
    await ended.catch(() => undefined);
  }
}
