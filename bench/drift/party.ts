import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** What one run of a task gave. Times are taken inside the process, its start and its imports not counted. */
export interface Answer {
  milliseconds: number;
  /** The columns that it reports as drifted, sorted. */
  drifted: string[];
  /** The HTML page of the task "report": how long from the rows to the page, and its size. */
  page?: { milliseconds: number; bytes: number };
}

/** One side of the comparison: a process that reads one task per line, and answers each with a line of JSON. */
export interface Party {
  ask(task: string): Promise<Answer>;
  /** Its peak memory so far, in MB; null without /proc. */
  peakMemory(): number | null;
  close(): Promise<void>;
}

export function startParty(command: string, args: readonly string[]): Party {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
  child.stdin.on('error', () => undefined); // it has ended, which `ask` reports with its last words
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = once(child, 'close');
  ended.catch(() => undefined); // a command that is not there; the empty answer tells
  return {
    async ask(task) {
      child.stdin.write(`${task}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`${command} ended at the task "${task}": ${said.trim()}`);
      return JSON.parse(value) as Answer;
    },
    peakMemory() {
      try {
        const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1];
        return kilobytes === undefined ? null : Number(kilobytes) / 1024;
      } catch {
        return null;
      }
    },
    async close() {
      child.kill('SIGKILL');
      await ended.catch(() => undefined);
    },
  };
}
