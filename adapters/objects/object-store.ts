import type { Config } from '../../core/base/settings/config.ts';
import type { ObjectStore } from '../../core/data/objects/objects.ts';
import { createFolderStore } from './folder-store.ts';
import { bucketOf, createS3Store, ensureBucket } from './s3-store.ts';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

type Settings = Pick<Config, 'objectStoreUrl' | 's3'>;

/** The object store that OBJECT_STORE_URL names: a folder, or a bucket of S3 or a compatible store. */
export function createObjectStore({ objectStoreUrl, s3 }: Settings): ObjectStore {
  return objectStoreUrl.startsWith('s3:')
    ? createS3Store({ ...s3, ...bucketOf(objectStoreUrl) })
    : createFolderStore(objectStoreUrl);
}

/** Creates a missing folder or bucket, which also shows that keys and address are right. Returns its place. */
export async function ensureObjectStore({ objectStoreUrl, s3 }: Settings): Promise<string> {
  if (!objectStoreUrl.startsWith('s3:')) {
    await mkdir(fileURLToPath(objectStoreUrl), { recursive: true });
    return `folder ${fileURLToPath(objectStoreUrl)}`;
  }
  const settings = { ...s3, ...bucketOf(objectStoreUrl) };
  const made = await ensureBucket(settings);
  return `bucket ${settings.bucket}${made ? ', which was made' : ''}`;
}
