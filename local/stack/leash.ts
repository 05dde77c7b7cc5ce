import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type Readable, type Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../core/base/errors/errors.ts';
import { patiently, type Patience } from '../../adapters/machine/patience.ts';
import { runner } from '../../adapters/machine/runner.ts';
import { openLog } from './log-file.ts';
import { identify } from '../../adapters/machine/processes.ts';
import { environment } from '../../wiring/settings.ts';

/**
 * Runs "$@" and holds it on a leash: the pipe on its stdin, whose other end is ours. We write the child's pid, as told
 * on descriptor 3, then signals to pass on. When the pipe ends, because we stopped, crashed or were killed, the child
 * gets its signal to stop, and some seconds later whatever is left of its process group is killed. The child runs in
 * the foreground, since a shell has its background processes ignore SIGINT.
 */
const LEASH = `
last=$1 grace=$2; shift 2
exec 4<&0 5>&2 2>/dev/null
(
  read -r child || kill -s KILL -- -$$
  while read -r signal; do kill -s "$signal" "$child"; done
  kill -s "$last" "$child"
  sleep "$grace"
  kill -s KILL -- -$$
) <&4 >/dev/null 3>&- 5>&- &
/bin/sh -c 'echo "pid $$" >&3; exec "$@" 3>&-' "$0" "$@" </dev/null 2>&5 4<&- 5>&-
code=$?
(echo "exit $code" >&3)
kill -s KILL -- -$$
`;

/** The folder that records the processes on a leash, for a later start that finds them still stopping. */
let records: string | null = null;
export function recordProcessesIn(folder: string | null): void {
  records = folder;
}

export interface LeashOptions {
  /** Its name in messages. */
  name: string;
  command: string;
  args?: string[];
  /** Added to our own environment. */
  env?: Record<string, string | undefined>;
  cwd?: string;
  /** Its output is appended here. */
  logFile: string;
  uid?: number;
  gid?: number;
  /** Asks it to stop; also sent when this process is gone. */
  stopSignal?: NodeJS.Signals;
  /** How long it may take to stop before it is killed. */
  graceMs?: number;
}

export interface Exit {
  code: number | null;
  signal: string | null;
}

export interface Leashed {
  name: string;
  pid: number;
  /** Resolves when the process and all it left in its process group are gone. */
  exited: Promise<Exit>;
  /**
   * Ends it: the signal, then SIGKILL after the grace time. Asked again it only waits, unless the signal is SIGKILL.
   */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<void>;
  /** The last lines of its output. */
  tail: () => string;
}

/**
 * Starts a program that never outlives this process, not even a crash or kill -9. It has a process group of its own,
 * so that Ctrl-C in a terminal reaches us alone and we stop things in order.
 */
export async function startLeashed(options: LeashOptions): Promise<Leashed> {
  const { name, command, args = [], env, stopSignal = 'SIGTERM', graceMs = 10_000, uid, gid, cwd } = options;
  const log = openLog(options.logFile);
  const child = spawn('/bin/sh', ['-c', LEASH, 'leash', bare(stopSignal), seconds(graceMs), command, ...args], {
    detached: true,
    stdio: ['pipe', log.descriptor, log.descriptor, 'pipe'],
    env: { ...environment, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  log.close();
  const leash = child.stdin as Writable;
  leash.on('error', () => {}); // it ended while we wrote: `exited` tells

  let report = '';
  let known = false;
  const exited = new Promise<Exit>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const ended = /^exit (\d+)$/m.exec(report)?.[1];
      if (ended === undefined) endGroup(child.pid); // the leash itself was killed
      resolve(ended === undefined ? { code, signal } : exitOf(Number(ended)));
    });
  });
  const pid = await new Promise<number>((resolve, reject) => {
    (child.stdio[3] as Readable).setEncoding('utf8').on('data', (text: string) => {
      report += text;
      const started = /^pid (\d+)$/m.exec(report)?.[1];
      if (started === undefined || known) return;
      known = true;
      leash.write(`${started}\n`);
      resolve(Number(started));
    });
    exited.then(() => known || reject(new Error(`${name} did not start: ${log.tail()}`)), reject);
  });

  if (records !== null) {
    const record = join(records, `${pid}.json`);
    writeFileSync(record, JSON.stringify(identify(pid)));
    void exited.then(() => rmSync(record, { force: true }));
  }

  let stopping = false;
  const stop = async (signal = stopSignal, grace = graceMs) => {
    if (!stopping || signal === 'SIGKILL') leash.write(`${bare(signal)}\n`);
    stopping = true;
    const late = new AbortController();
    const patience = sleep(grace, 'late', { signal: late.signal }).catch(() => 'ended');
    if ((await Promise.race([exited, patience])) === 'late') leash.write('KILL\n');
    late.abort();
    await exited;
  };
  return { name, pid, exited, stop, tail: log.tail };
}

/** Starts one of our own TypeScript files on this Node, on the same leash. */
export function forkNode(entry: string, options: Omit<LeashOptions, 'command'>): Promise<Leashed> {
  return startLeashed({
    ...options,
    command: process.execPath,
    args: [runner, entry, ...(options.args ?? [])],
  });
}

export interface Readiness extends Patience {
  /** Whether the probe's error is hopeless, so that waiting cannot help. */
  hopeless?(error: unknown): boolean;
}

/**
 * Waits until `probe` no longer throws; fails with the end of the log when the process ends first, and with the reason
 * too when time runs out.
 */
export async function untilReady<T>(
  process: Leashed,
  probe: () => Promise<T>,
  { forMs = 60_000, tell, hopeless }: Readiness = {},
): Promise<T> {
  const { name, exited } = process;
  let exit: Exit | undefined;
  void exited.then((how) => (exit = how));
  const given = (error: unknown): boolean => exit !== undefined || hopeless?.(error) === true;
  try {
    return await patiently({ what: name, ask: probe, hopeless: given, wake: exited, forMs, tell });
  } catch (cause) {
    const ended = exit as Exit | undefined;
    if (ended) throw new Error(`${name} ended (${describe(ended)}):\n${process.tail()}`, { cause });
    if (hopeless?.(cause)) throw cause;
    throw new Error(`${name} was not ready within ${forMs / 1000} s (${messageOf(cause)}):\n${process.tail()}`, {
      cause,
    });
  }
}

const bare = (signal: NodeJS.Signals): string => signal.replace(/^SIG/, '');
const seconds = (milliseconds: number): string => String(Math.ceil(milliseconds / 1000));
const describe = (exit: Exit): string => (exit.signal === null ? `exit code ${exit.code}` : `by ${exit.signal}`);

/** A shell writes "ended by signal n" as 128 + n. */
function exitOf(status: number): Exit {
  const signal = Object.entries(constants.signals).find(([, number]) => status === 128 + number)?.[0];
  return signal === undefined ? { code: status, signal: null } : { code: null, signal };
}

function endGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // nobody is left
  }
}
