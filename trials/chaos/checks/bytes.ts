import { type ObjectStore } from '../../../core/data/objects/objects.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { createHash } from 'node:crypto';

/** An object's bytes; null when it is not there. */
export async function objectOf(store: ObjectStore, key: string): Promise<Uint8Array | null> {
  try {
    return await store.get(key);
  } catch (error) {
    if (error instanceof UserError && error.code === 'OBJECT_MISSING') return null;
    throw error;
  }
}

/** The hash of bytes, in hex; null of nothing. */
export const hashOf = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : createHash('sha256').update(bytes).digest('hex');
