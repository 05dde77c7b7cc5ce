import { contentId } from '../../../core/base/ids.ts';
import { TIME } from '../../../core/data/data.ts';
import { DAY, SECOND } from '../../../core/time/time.ts';
import { ask } from '../../duckdb/ask.ts';
import { openDuck } from '../../duckdb/database.ts';
import { copySorted, isWide } from '../../duckdb/sorted.ts';
import type { Copying } from '../extraction.ts';
import type { Plan } from './plan.ts';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

/** All processes of a machine share them; each is at most about as large as its file. */
const MOST_COPIES = 8;
/** Of all copies together, and of a file that is copied. */
const MOST_BYTES = 2 ** 31;
const UNUSED = DAY;
const MOST_KNOWN = 1_000;
/** Partitions are read in whole groups. */
const ROWS_IN_GROUP = 16_384;
/** A file that changed this recently can change again without a new time. */
const SETTLED = 2 * SECOND;
const COPY = /^[0-9a-f]+\.parquet$/;

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
 * A CSV file is parsed as a whole for each partition. From the second partition of an unchanged file on, they are read from
 * a copy: its text as Parquet, in the order of time.
 */
export function createCopies(folder: string) {
  /** The copies that this process was asked for. */
  const asked = new Map<string, 'once' | 'in the making' | 'made' | 'impossible'>();

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

  async function tidy(): Promise<void> {
    const found = [];
    for (const name of await readdir(folder).catch(() => [])) {
      const path = join(folder, name);
      const known = COPY.test(name) && (await stat(path).catch(() => null)); // another process may have removed it
      if (known) found.push({ path, usedAt: known.mtimeMs, bytes: known.size });
    }
    found.sort((a, b) => b.usedAt - a.usedAt);
    let together = 0;
    for (const [i, { path, usedAt, bytes }] of found.entries()) {
      together += bytes;
      const isMuch = i >= MOST_COPIES || together > MOST_BYTES;
      if (isMuch || Date.now() - usedAt > UNUSED) await rm(path, { force: true });
    }
  }

  return {
    /** The copy of this version of a file; null: read the file itself. */
    async of(file: string, version: FileVersion | null, plan: Plan, copying: Copying): Promise<string | null> {
      if (!version || version.bytes > MOST_BYTES || Date.now() - version.changedAt < SETTLED) return null;
      const id = contentId({ file, version: version.id, header: plan.columns, ...plan.copied });
      const path = join(folder, `${id}.parquet`);
      const now = new Date();
      const isThere = await utimes(path, now, now).then(
        () => true,
        () => false,
      );
      if (isThere) return path;
      const before = asked.get(id);
      if (before === undefined) {
        if (asked.size >= MOST_KNOWN) asked.clear();
        asked.set(id, 'once');
        await tidy();
      }
      if (before !== 'once') return null; // where many files are read in turn, one would only make room for the next
      asked.set(id, 'in the making');
      try {
        await make(path, file, version, plan, copying);
        await tidy();
        asked.set(id, 'made');
        return path;
      } catch {
        // Too little disk or memory, or a fault in the file, which the reading of the file itself reports.
        asked.set(id, copying.signal.aborted ? 'once' : 'impossible');
        return null;
      }
    },
  };
}
