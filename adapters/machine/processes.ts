import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process, distinguishable from a later one with the same id. */
export interface ProcessId {
  pid: number;
  /** When it started, in this system's format; empty if it has none. */
  started: string;
}

export const identify = (pid: number): ProcessId => ({ pid, started: stateOf(pid)?.started ?? '' });
export const thisProcess = (): ProcessId => identify(process.pid);

/** Whether exactly this process still runs: not a zombie, and not another one with its id. */
export function isAlive({ pid, started }: ProcessId): boolean {
  const state = stateOf(pid);
  return state !== null && (started === '' || state.started === '' || state.started === started);
}

/** The command line of a process, or null when there is no such process. */
export function commandOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return ps(pid, 'args=') || null;
  }
}

function stateOf(pid: number): { started: string } | null {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return null; // EPERM: it is another user's, and alive
  }
  try {
    // The name, in brackets, can hold anything; the state is the first field after it, the start time the twentieth.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? null : { started: fields[19] ?? '' };
  } catch {
    return { started: ps(pid, 'lstart=') };
  }
}

function ps(pid: number, what: string): string {
  try {
    return execFileSync('ps', ['-o', what, '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return '';
  }
}
