import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { recordProcessesIn } from './leash.ts';
import { isAlive, type ProcessId, thisProcess } from '../../adapters/machine/processes.ts';
import {
  type Environment,
  readProcessFile,
  readRunning,
  type Running,
  runningFile,
} from '../../adapters/machine/running.ts';

const folders = ['postgres', 'objects', 'temporal', 'data', 'logs'] as const;

/** Where `npm start` keeps its state unless told otherwise. */
export const DEFAULT_HOME = '.perennial';

const FORMER_MS = 40_000; // longer than any of them is given to stop

export interface Home {
  folder: string;
  /** Each of the subfolders, as an absolute path. */
  paths: Record<(typeof folders)[number], string>;
  /** Lets other commands find what runs here; can be called again when it changes. */
  publish(environment: Environment): void;
  /** Removes what was published and lets another start use the folder. */
  close(): void;
}

/** Asks first, since Node reports a read-only disk as a missing folder when it makes several folders at once. */
function refuseUnwritable(folder: string): void {
  try {
    const there = nearest(folder);
    if (!statSync(there).isDirectory()) throw new Error(`${there} is not a folder`);
    accessSync(there, constants.W_OK);
  } catch (error) {
    throw new UserError(
      'CONFIG_INVALID',
      `Cannot write in ${folder} (${messageOf(error)}). Give this user the folder, or name another with --home.`,
      { cause: error },
    );
  }
}

const nearest = (path: string): string => (existsSync(path) || dirname(path) === path ? path : nearest(dirname(path)));

/** How to ask what runs in a home folder: commandFor('/srv/home') // => 'npx perennial --home /srv/home' */
export function commandFor(folder: string): string {
  if (folder === resolve(DEFAULT_HOME)) return 'npx perennial';
  const word = /^[\w./~+@%:-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", String.raw`'\''`)}'`;
  return `npx perennial --home ${word}`;
}

/**
 * Takes a home folder, made if it is not there. Throws ALREADY_RUNNING while another living process has it, and
 * CONFIG_INVALID where nothing can be written.
 */
export function openHome(path: string): Home {
  const folder = resolve(path);
  refuseUnwritable(folder);
  process.umask(0o077); // our files here are for this user only
  mkdirSync(folder, { recursive: true });
  // As root, Postgres may have to run as another user, who then goes through the folder and reads nothing of it.
  chmodSync(folder, process.getuid?.() === 0 ? 0o711 : 0o700);
  const ignore = join(folder, '.gitignore');
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n'); // passwords and data: not for a repository

  const release = takeLock(folder);
  const processes = join(folder, 'locks', 'processes');
  mkdirSync(processes, { recursive: true });
  try {
    waitForFormer(folder, processes);
  } catch (error) {
    release();
    throw error;
  }
  recordProcessesIn(processes);
  const paths = Object.fromEntries(folders.map((name) => [name, join(folder, name)])) as Home['paths'];
  for (const each of Object.values(paths)) {
    mkdirSync(each, { recursive: true });
    chmodSync(each, 0o700); // an earlier version left it open
  }
  return {
    folder,
    paths,
    publish: (environment) => writeWhole(runningFile(folder), { ...thisProcess(), environment } satisfies Running),
    close() {
      rmSync(runningFile(folder), { force: true });
      recordProcessesIn(null);
      release();
    },
  };
}

/**
 * Each process writes its own lock, then reads the others': the second writer sees the first. Two simultaneous starts
 * can both give up, but never both continue, and removing a dead process's lock displaces nobody.
 */
function takeLock(folder: string): () => void {
  const locks = join(folder, 'locks');
  const mine = `${process.pid}.json`;
  mkdirSync(locks, { recursive: true });
  const held = readProcessFile<ProcessId>(join(locks, mine));
  if (held !== null && isAlive(held)) throw alreadyRunning(folder, process.pid);
  writeWhole(join(locks, mine), thisProcess());
  for (const name of readdirSync(locks).filter((each) => each.endsWith('.json') && each !== mine)) {
    const other = readProcessFile<ProcessId>(join(locks, name));
    if (other !== null && isAlive(other)) {
      rmSync(join(locks, mine), { force: true });
      throw alreadyRunning(folder, other.pid);
    }
    rmSync(join(locks, name), { force: true });
  }
  return () => rmSync(join(locks, mine), { force: true });
}

/** Throws ALREADY_RUNNING while a living process has the home folder; takes nothing and changes nothing. */
export function throwIfHeld(path: string): void {
  const folder = resolve(path);
  const locks = join(folder, 'locks');
  for (const name of existsSync(locks) ? readdirSync(locks).filter((each) => each.endsWith('.json')) : []) {
    const holder = readProcessFile<ProcessId>(join(locks, name));
    if (holder !== null && isAlive(holder)) throw alreadyRunning(folder, holder.pid);
  }
}

/**
 * When a start was killed, its servers take some seconds to stop, in which they hold ports and files. Waiting may
 * block: there is nothing else to do before they are gone.
 */
function waitForFormer(folder: string, processes: string): void {
  const deadline = Date.now() + FORMER_MS;
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (const name of readdirSync(processes)) {
    const former = readProcessFile<ProcessId>(join(processes, name));
    while (former !== null && isAlive(former)) {
      if (Date.now() > deadline) {
        throw new UserError(
          'ALREADY_RUNNING',
          `Process ${former.pid} of an earlier start in ${folder} is still stopping. ` +
            `Try again in a moment, or end it with "kill -9 ${former.pid}".`,
        );
      }
      Atomics.wait(clock, 0, 0, 50);
    }
    rmSync(join(processes, name), { force: true });
  }
}

function alreadyRunning(folder: string, pid: number): UserError {
  const addresses = Object.entries(readRunning(folder) ?? {})
    .map(([name, value]) => [name, withoutPassword(value)] as const)
    .filter(([, value]) => /^[a-z]+:\/\/|^[^/\s]+:\d+$/.test(value))
    .map(([name, value]) => `\n  ${name} ${value}`);
  return new UserError(
    'ALREADY_RUNNING',
    `Perennial already runs in ${folder} (process ${pid}).` +
      (addresses.length > 0 ? ` Its addresses:${addresses.join('')}\n` : ' It is still starting. ') +
      `Use that one, stop it with Ctrl-C in its terminal or "kill ${pid}", or start in another folder.`,
  );
}

const withoutPassword = (value: string): string => value.replace(/^([a-z]+:\/\/)[^/@]*@/, '$1');

/** A reader sees the whole file or none; only this user can read it. */
function writeWhole(path: string, content: unknown): void {
  const draft = `${path}.${process.pid}`;
  rmSync(draft, { force: true }); // its mode would stay what it was
  writeFileSync(draft, JSON.stringify(content, null, 2), { mode: 0o600 });
  renameSync(draft, path);
}
