import { UserError } from '../../core/base/errors/errors.ts';
import type { ObjectStore } from '../../core/data/objects/objects.ts';
import { errorCode } from './hash-file.ts';
import { ownName, workFolder } from './leftovers.ts';
import { foldersOf, partsOfKey } from '../../core/data/objects/object-keys.ts';
import { constants } from 'node:fs';
import {
  access,
  copyFile,
  link,
  mkdir,
  open,
  opendir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

// Inside the folder, so a finished file is moved into place and never copied; no key can name it.
const INCOMING = '.incoming';

/** An object store that is a folder of this machine, named like file:///var/lib/perennial/objects. */
export function createFolderStore(url: string): ObjectStore {
  const folder = fileURLToPath(url);
  const incomings = join(folder, INCOMING);
  const readyToWork = workFolder(incomings);

  const pathOf = (key: string): string => join(folder, ...partsOfKey(key));

  /** The first writer of a key wins, so a recorded hash stays valid for ever. */
  const placeOnce = (key: string, write: (incoming: string) => Promise<void>): Promise<void> =>
    place(key, write, linkOnce);

  async function place(
    key: string,
    write: (incoming: string) => Promise<void>,
    move: (incoming: string, path: string) => Promise<void>,
  ): Promise<void> {
    const path = pathOf(key);
    const incoming = join(incomings, ownName());
    await readyToWork();
    try {
      await write(incoming);
      await syncPath(incoming);
      await mkdir(dirname(path), { recursive: true });
      await move(incoming, path);
      await syncPath(dirname(path));
    } finally {
      await rm(incoming, { force: true });
    }
  }

  async function read<T>(key: string, work: (path: string) => Promise<T>): Promise<T> {
    const path = pathOf(key);
    try {
      return await work(path);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || (await exists(path))) throw error; // otherwise the target is missing
      throw new UserError(
        'OBJECT_MISSING',
        `Object ${key} is not in ${folder}. Check OBJECT_STORE_URL, restore the folder from a backup, ` +
          'or rerun the loop that made the object.',
        { cause: error },
      );
    }
  }

  return {
    put: (key, bytes) => placeOnce(key, (incoming) => writeFile(incoming, bytes)),
    putFile: (key, path) => placeOnce(key, (incoming) => copyFile(path, incoming, constants.COPYFILE_FICLONE)),
    replaceFile: (key, path) => place(key, (incoming) => copyFile(path, incoming, constants.COPYFILE_FICLONE), rename),
    get: (key) => read(key, (path) => readFile(path)),
    getFile: (key, target) => read(key, (path) => copyFile(path, target, constants.COPYFILE_FICLONE)),
    has: (key) => exists(pathOf(key)),

    async *list(of) {
      const top = join(folder, ...foldersOf(of));
      const entries = await opendir(top, { recursive: true }).catch(nullIfMissing);
      if (entries === null) return;
      for await (const entry of entries) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath, entry.name);
        const found = await stat(path).catch(nullIfMissing); // deleted meanwhile
        if (found === null) continue;
        const key = relative(folder, path).split(sep).join('/');
        yield { key, sizeBytes: found.size, modifiedAt: found.mtime };
      }
    },

    async delete(key, unlessSince) {
      const path = pathOf(key);
      const aside = join(incomings, ownName());
      const since = (found: { mtime: Date } | null): boolean => found === null || found.mtime >= unlessSince;
      if (since(await stat(path).catch(nullIfMissing))) return false;
      await readyToWork();
      // Moved away first, then checked again: a concurrent writer either touches it before, or creates it again.
      if ((await rename(path, aside).catch(nullIfMissing)) === null) return false;
      try {
        const kept = since(await stat(aside));
        if (kept) await linkOnce(aside, path);
        return !kept;
      } finally {
        await rm(aside, { force: true });
      }
    },

    // A deletion here checks again what it moved away.
    async *aside() {},
    async forget() {},
  };
}

/** A link is atomic and, unlike a rename, replaces nothing: an existing file counts as written now. */
async function linkOnce(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code !== 'EEXIST') {
      if (!['EPERM', 'ENOTSUP', 'ENOSYS'].includes(code)) throw error;
      if (!(await exists(to))) return rename(from, to); // some file systems have no hard links
    }
    const now = new Date();
    if ((await utimes(to, now, now).catch(nullIfMissing)) === null) await linkOnce(from, to); // deleted meanwhile
  }
}

/** Makes a file or a folder's list of names survive a power cut. */
async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function nullIfMissing(error: unknown): null {
  if (errorCode(error) === 'ENOENT') return null;
  throw error;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
