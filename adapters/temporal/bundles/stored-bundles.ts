import { UserError } from '../../../core/base/errors/errors.ts';
import { bundleKey } from '../../../core/data/objects/object-keys.ts';
import type { ObjectStore } from '../../../core/data/objects/objects.ts';
import type { WorkflowVersions } from '../../../core/runs/versions.ts';
import { hashFile } from '../../objects/hash-file.ts';
import { type Bundle, sdkVersion } from './bundle.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Store = Pick<ObjectStore, 'has' | 'putFile' | 'getFile'>;

/**
 * The code of every version, in the object store under its hash. Temporal has the hash: write access to the bucket
 * alone does not let anyone choose what a worker runs.
 */
export function createStoredBundles(store: Store, versions: Pick<WorkflowVersions, 'hashOf' | 'keepHash'>) {
  /** Throws if an object does not have its key's hash, and leaves nothing of it at `path`. */
  async function fetchAs(build: string, expected: string, path: string): Promise<void> {
    const key = bundleKey(sdkVersion, build, expected);
    await store.getFile(key, path);
    const { sha256 } = await hashFile(path);
    if (sha256 === expected) return;
    await rm(path, { force: true });
    throw new UserError(
      'OBJECT_CORRUPT',
      `Object ${key}, the code of version ${build} of the workflows, is not what its release stored: it has the hash ` +
        `${sha256}. No worker runs it, so runs of that version wait once its own worker is gone. Find out who wrote it; ` +
        'then delete it, and start a worker of that release, which stores it again.',
    );
  }

  return {
    /** Checks an existing object: when it is needed, the release that could store it again may be gone. */
    async keep({ build, codePath }: Bundle): Promise<void> {
      const { sha256 } = await hashFile(codePath);
      const key = bundleKey(sdkVersion, build, sha256);
      const isThere = await store.has(key);
      if (!isThere) await store.putFile(key, codePath);
      await versions.keepHash(build, sha256);
      if (!isThere) return;
      const folder = await mkdtemp(join(tmpdir(), 'perennial-bundle-'));
      try {
        await fetchAs(build, sha256, join(folder, 'kept.js'));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },

    /** Fetches a version's code to `path`; returns whether it was checked, which is impossible for early releases. */
    async fetch(build: string, path: string): Promise<{ checked: boolean }> {
      const expected = await versions.hashOf(build);
      if (expected === null) await store.getFile(bundleKey(sdkVersion, build, null), path);
      else await fetchAs(build, expected, path);
      return { checked: expected !== null };
    },
  };
}
