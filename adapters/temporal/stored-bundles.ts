import { UserError } from '../../core/base/errors.ts';
import type { ObjectStore } from '../../core/data/objects.ts';
import type { WorkflowVersions } from '../../core/runs/versions.ts';
import { hashFile } from '../objects/hash-file.ts';
import { type Bundle, bundleKey } from './bundle.ts';
import { rm } from 'node:fs/promises';

type Store = Pick<ObjectStore, 'has' | 'putFile' | 'getFile'>;

/**
 * The code of every version, in the object store under its hash. Temporal knows the hash: who may write to the bucket alone
 * can have no worker run what he likes.
 */
export function createStoredBundles(store: Store, versions: Pick<WorkflowVersions, 'hashOf' | 'keepHash'>) {
  return {
    async keep({ build, codePath }: Bundle): Promise<void> {
      const { sha256 } = await hashFile(codePath);
      const key = bundleKey(build, sha256);
      if (!(await store.has(key))) await store.putFile(key, codePath);
      await versions.keepHash(build, sha256);
    },

    /** Brings a version's code to `path`; says whether it was checked, which that of early releases cannot be. */
    async fetch(build: string, path: string): Promise<{ checked: boolean }> {
      const expected = await versions.hashOf(build);
      const key = bundleKey(build, expected);
      await store.getFile(key, path);
      if (expected === null) return { checked: false };
      const { sha256 } = await hashFile(path);
      if (sha256 === expected) return { checked: true };
      await rm(path, { force: true });
      throw new UserError(
        'OBJECT_CORRUPT',
        `Object ${key}, the code of version ${build} of the workflows, is not what its release stored: it has the hash ` +
          `${sha256}. Nobody runs it, so the runs of that version wait. Find out who wrote it; then delete it, and start ` +
          'a worker of that release, which stores it again.',
      );
    },
  };
}
