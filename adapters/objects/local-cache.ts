import { UserError } from '../../core/base/errors/errors.ts';
import { pipelineOfPart } from '../../core/data/objects/object-keys.ts';
import type { LocalCache, ObjectStore, StoredObject } from '../../core/data/objects/objects.ts';
import { HOUR } from '../../core/time/time.ts';
import { hashFile } from './hash-file.ts';
import { ownName, workFolder } from './leftovers.ts';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

export interface LocalCacheOptions {
  folder: string;
  store: ObjectStore;
  /** The size beyond which the least recently used objects are evicted. */
  maxBytes?: number;
  /** An object used this recently stays even beyond `maxBytes`: a running query may be about to open it. */
  keepMilliseconds?: number;
  /** Told of each object whose bytes do not have its hash. */
  onCorrupt?: (objectKey: string) => Promise<void>;
}

/** Objects on this machine's disk under their hash. Many processes can share the folder. */
export function createLocalCache({
  folder,
  store,
  maxBytes = 2 * 2 ** 30,
  keepMilliseconds = HOUR,
  onCorrupt = async () => {},
}: LocalCacheOptions): LocalCache {
  const objects = join(folder, 'objects');
  const work = join(folder, 'work');
  const readyToWork = workFolder(work);
  /** Sizes of the files that this process has hashed itself. */
  const verified = new Map<string, number>();
  const underWay = new Map<string, Promise<string>>();

  async function bring(object: StoredObject): Promise<string> {
    const path = join(objects, object.sha256);
    if (!(await isIntact(path, object.sha256))) await download(object, path);
    const now = new Date();
    await utimes(path, now, now); // all processes judge its use by the file's time
    return path;
  }

  /** Whole hashes are compared once per process; after that a changed size is enough to hash again. */
  async function isIntact(path: string, sha256: string): Promise<boolean> {
    const size = await sizeOf(path);
    if (size === null) return false;
    if (verified.get(sha256) === size) return true;
    if ((await hashFile(path)).sha256 !== sha256) return false;
    verified.set(sha256, size);
    return true;
  }

  async function download({ objectKey, sha256 }: StoredObject, path: string): Promise<void> {
    await readyToWork();
    await mkdir(objects, { recursive: true });
    const incoming = join(work, ownName());
    try {
      await store.getFile(objectKey, incoming);
      const found = await hashFile(incoming);
      if (found.sha256 !== sha256) {
        await onCorrupt(objectKey);
        throw new UserError(
          'OBJECT_CORRUPT',
          `Object ${objectKey} is not what was stored: its ${found.bytes} bytes have the hash ${found.sha256}, ` +
            `expected ${sha256}. ${adviceFor(objectKey)}`,
        );
      }
      await rename(incoming, path);
      verified.set(sha256, found.bytes);
    } finally {
      await rm(incoming, { force: true });
    }
    await evict();
  }

  async function evict(): Promise<void> {
    const files = [];
    for (const name of await readdir(objects)) {
      const path = join(objects, name);
      const found = await stat(path).catch(() => null); // another process may have evicted it
      if (found) files.push({ path, size: found.size, usedAt: found.mtimeMs });
    }
    let bytes = files.reduce((sum, file) => sum + file.size, 0);
    const until = Date.now() - keepMilliseconds;
    for (const file of files.sort((a, b) => a.usedAt - b.usedAt)) {
      if (bytes <= maxBytes || file.usedAt > until) return;
      await rm(file.path, { force: true });
      bytes -= file.size;
    }
  }

  return {
    fetch(object) {
      const { sha256 } = object;
      if (!/^[0-9a-f]{64}$/.test(sha256)) return Promise.reject(new RangeError(`"${sha256}" is not a SHA-256 in hex`));
      let bringing = underWay.get(sha256);
      if (!bringing) {
        bringing = bring(object).finally(() => underWay.delete(sha256));
        underWay.set(sha256, bringing);
      }
      return bringing;
    },

    async restore(object) {
      const path = join(objects, object.sha256);
      verified.delete(object.sha256); // what is written to the store is hashed now
      if (await isIntact(path, object.sha256)) {
        await store.replaceFile(object.objectKey, path);
        return true;
      }
      try {
        await bring(object);
        return true;
      } catch (error) {
        if (error instanceof UserError && ['OBJECT_CORRUPT', 'OBJECT_MISSING'].includes(error.code)) return false;
        throw error;
      }
    },

    async withFolder(use) {
      await readyToWork();
      const own = join(work, ownName());
      await mkdir(own);
      try {
        return await use(own);
      } finally {
        await rm(own, { recursive: true, force: true });
      }
    },
  };
}

function adviceFor(objectKey: string): string {
  const pipeline = pipelineOfPart(objectKey);
  return pipeline === null
    ? 'Restore the object from a backup, or delete it and rerun the loop that made it.'
    : `The data loop restores it from a copy, or extracts it again if it still reads its time: perennial run ${pipeline} ` +
        'data. If it stays corrupt, restore it from a backup.';
}

const sizeOf = (path: string): Promise<number | null> =>
  stat(path).then(
    ({ size }) => size,
    () => null,
  );
