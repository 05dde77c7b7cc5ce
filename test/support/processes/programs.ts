import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

export const repository = fileURLToPath(new URL('../../../', import.meta.url));

export interface Program {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves with the exit code when the program has ended. */
  ended: Promise<number | null>;
  /** Waits until stderr has the words; fails when the program ends first. */
  says(words: string | RegExp, within?: number): Promise<void>;
}

/** Starts a program as a person would, with nothing of this process' test environment that would change what it does. */
export function start(
  command: string,
  args: string[],
  { cwd = repository, env = {} }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Program {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout!.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  let code: number | null | undefined;
  const ended = new Promise<number | null>((resolve) =>
    child.once('close', (exitCode) => {
      code = exitCode;
      resolve(exitCode);
    }),
  );
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    async says(words, within = 600_000) {
      const found = (): boolean => (typeof words === 'string' ? stderr.includes(words) : words.test(stderr));
      for (const deadline = Date.now() + within; !found(); await sleep(100)) {
        if (code !== undefined) throw new Error(`It ended with ${code} before saying ${String(words)}:\n${stderr}`);
        if (Date.now() > deadline)
          throw new Error(`It did not say ${String(words)} within ${within / 1000} s:\n${stderr}`);
      }
    },
  };
}

/** The processes whose command line or working folder speaks of a folder, by id; empty where there is no /proc. */
export function processesOf(folder: string): { pid: number; command: string }[] {
  const found: { pid: number; command: string }[] = [];
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
      if (Number(name) !== process.pid && (command.includes(folder) || environment.includes(folder)))
        found.push({ pid: Number(name), command });
    } catch {
      // it ended meanwhile
    }
  }
  return found;
}

/** Waits until no process of the folder is left. */
export async function untilNobodyIsLeft(folder: string, within = 60_000): Promise<void> {
  for (const deadline = Date.now() + within; ; await sleep(100)) {
    const left = processesOf(folder);
    if (left.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(`Still running: ${left.map((each) => `${each.pid} ${each.command}`).join('\n')}`);
  }
}
