import { contentId } from '../../../core/base/ids.ts';
import { TIME } from '../../../core/data/data.ts';
import { DAY, MINUTE, SECOND } from '../../../core/time/time.ts';
import { ask } from '../../duckdb/ask.ts';
import { openDuck } from '../../duckdb/database.ts';
import { copySorted, isWide } from '../../duckdb/sorted.ts';
import type { Copying } from '../extraction.ts';
import type { Plan } from './plan.ts';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** All processes of a machine share them; each is at most about as large as its file. */
const [MOST_COPIES, MOST_BYTES] = [8, 2 ** 31];
/** A copy that was used since is not taken from those who use it. */
const RECENT = 10 * MINUTE;
const UNUSED = DAY;
/** So many partitions are parsed before a copy is worth its making. */
const READ_BEFORE = 2;
const MOST_KNOWN = 1_000;
/** Partitions are read in whole groups. */
const ROWS_IN_GROUP = 16_384;
/** A file that changed this recently can change again without a new time. */
const SETTLED = 2 * SECOND;
const COPY = /^[0-9a-f-]+\.parquet$/;

/** Which bytes are at a path. */
export interface FileVersion {
  id: string;
  bytes: number;
  changedAt: number;
}
export async function versionOf(file: string): Promise<FileVersion | null> {
  const found = await stat(file, { bigint: true }).catch(() => null);
  if (!found) return null;
  const { dev, ino, size, mtimeNs, ctimeNs, mtimeMs } = found;
  return { id: [dev, ino, size, mtimeNs, ctimeNs].join('/'), bytes: Number(size), changedAt: Number(mtimeMs) };
}

/**
 * A CSV file is parsed as a whole for each partition. From the third partition of an unchanged file on, they are read from
 * a copy: its text as Parquet, in the order of time.
 */
export function createCopies(folder: string) {
  /** How many partitions this process was asked for, by what a copy would hold. */
  const asked = new Map<string, number | 'in the making' | 'impossible'>();

  async function make(path: string, of: string, version: FileVersion, { copied }: Plan, copying: Copying) {
    const { signal, ...options } = copying;
    const incoming = join(options.folder, 'copy.parquet');
    const instance = await openDuck({ ...options, threads: isWide(copied.columns.length) ? 1 : options.threads });
    try {
      await ask({ instance, signal: () => signal }, [], async (connection) => {
        await connection.run("set timezone = 'UTC'");
        await copySorted(connection, { ...copied, order: TIME, group: ROWS_IN_GROUP }, incoming);
      });
    } finally {
      instance.closeSync();
    }
    if ((await versionOf(of))?.id !== version.id) throw new Error(`${of} changed while it was read`);
    await mkdir(folder, { recursive: true });
    await rename(incoming, path);
  }

  /** Removes unused copies, those whose names begin like this, and as many as make room for so many bytes; false: there is none. */
  async function makeRoom(bytes: number, outdated?: string): Promise<boolean> {
    const found: { path: string; idle: number; bytes: number }[] = [];
    for (const name of await readdir(folder).catch(() => [])) {
      const path = join(folder, name);
      const known = COPY.test(name) && (await stat(path).catch(() => null)); // another process may have removed it
      if (!known) continue;
      const copy = { path, idle: Date.now() - known.mtimeMs, bytes: known.size };
      const isOver = copy.idle > UNUSED || (outdated !== undefined && name.startsWith(outdated));
      if (isOver) await rm(path, { force: true });
      else found.push(copy);
    }
    found.sort((a, b) => a.idle - b.idle);
    const isTight = (): boolean =>
      found.length >= MOST_COPIES || found.reduce((sum, copy) => sum + copy.bytes, bytes) > MOST_BYTES;
    while (isTight()) {
      const last = found.pop();
      if (!last || last.idle < RECENT) return false;
      await rm(last.path, { force: true });
    }
    return true;
  }
  void makeRoom(0); // what an earlier process left

  return {
    /** The copy of this version of a file; null: read the file itself. */
    async of(file: string, version: FileVersion | null, plan: Plan, copying: Copying): Promise<string | null> {
      if (!version || Date.now() - version.changedAt < SETTLED) return null;
      const reading = `${contentId({ file, ...plan.copied })}-`;
      const id = reading + contentId({ version: version.id, header: plan.columns });
      const path = join(folder, `${id}.parquet`);
      const now = new Date();
      const isThere = await utimes(path, now, now).then(
        () => true,
        () => false,
      );
      if (isThere) return path;
      if (asked.size >= MOST_KNOWN) asked.clear();
      const before = asked.get(id) ?? 0;
      if (typeof before !== 'number') return null;
      asked.set(id, before + 1);
      if (before < READ_BEFORE || !(await makeRoom(version.bytes, reading))) return null;
      asked.set(id, 'in the making');
      try {
        await make(path, file, version, plan, copying);
        asked.set(id, READ_BEFORE);
        return path;
      } catch {
        // Too little disk or memory, or a fault in the file, which the reading of the file itself reports.
        asked.set(id, copying.signal.aborted ? READ_BEFORE : 'impossible');
        return null;
      }
    },
  };
}
