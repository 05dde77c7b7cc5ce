import { identify, isAlive, type ProcessId, thisProcess } from '../machine/processes.ts';
import { DAY } from '../../core/time/time.ts';
import { createHash, randomUUID } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const OLD = 7 * DAY; // longer than any step works on one file
const OWNED = /^(\d+)-(\d*)-([0-9a-f]{8})-/;

/** The namespace of process ids: a container has its own. */
const here = createHash('sha256').update(`${hostname()} ${pidNamespace()}`).digest('hex').slice(0, 8);

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return ''; // not Linux: use the host's name
  }
}

/** A new name in a folder of unfinished work, with its owner, so others recognise leftovers when we are gone. */
export function ownName(): string {
  const { pid, started } = thisProcess();
  return `${pid}-${digits(started)}-${here}-${randomUUID()}`;
}

/** The process that made a name, if we can look up its id. */
function ownerOf(name: string): ProcessId | null {
  const [, pid, started, place] = OWNED.exec(name) ?? [];
  return pid === undefined || started === undefined || place !== here ? null : { pid: Number(pid), started };
}

const digits = (text: string): string => text.replace(/\D/g, '');

/** Names hold only the digits of a process's start time. */
const lives = ({ pid, started }: ProcessId): boolean =>
  isAlive({ pid, started: '' }) && (started === '' || digits(identify(pid).started) === started);

/** The leftovers of killed processes in a folder of unfinished work; without a known owner, files older than a week. */
export async function leftIn(folder: string): Promise<string[]> {
  const left: string[] = [];
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const owner = ownerOf(name);
    if (owner === null ? await isOld(path) : !lives(owner)) left.push(path);
  }
  return left;
}

async function removeLeftovers(folder: string): Promise<void> {
  for (const path of await leftIn(folder)) await rm(path, { recursive: true, force: true });
}

async function isOld(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null); // its writer may have finished meanwhile
  return found !== null && Date.now() - found.mtimeMs > OLD;
}

/** Makes a folder for unfinished work, and the first time clears its leftovers. */
export function workFolder(folder: string): () => Promise<void> {
  let cleared: Promise<void> | undefined;
  return async () => {
    await mkdir(folder, { recursive: true });
    await (cleared ??= removeLeftovers(folder));
  };
}
