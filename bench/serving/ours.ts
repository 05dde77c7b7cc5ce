import { runner } from '../../adapters/machine/runner.ts';
import { type Health } from '../../server/protocols/health/health.ts';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const LONGEST_CATCHING_UP = 600_000;

export interface OurServer {
  url: URL;
  grpcPort: number;
  pid: number;
  /** Waits until nothing is on its way to the log. */
  caughtUp(): Promise<Health['spool']>;
  stop(): Promise<void>;
}

/** Starts our server in a process of its own, as it runs for users. */
export async function startOurs(databaseUrl: string, dataFolder: string): Promise<OurServer> {
  const entry = fileURLToPath(new URL('our-server.ts', import.meta.url));
  const child: ChildProcess = fork(runner, [entry, databaseUrl, dataFolder]);
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('our server did not start')));
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [{ address: string; grpcPort: number }];
  ended.catch(() => undefined);
  return {
    url: new URL('/predict/bench', message.address),
    grpcPort: message.grpcPort,
    pid: child.pid!,
    async caughtUp() {
      for (const end = Date.now() + LONGEST_CATCHING_UP; ; await sleep(100)) {
        const answer = await fetch(new URL('/health', message.address));
        const { spool } = (await answer.json()) as Health;
        if (spool.bytes === 0) return spool;
        if (Date.now() > end) throw new Error(`${spool.bytes} bytes are still not logged`);
      }
    },
    async stop() {
      if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit');
    },
  };
}
