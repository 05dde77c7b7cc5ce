/** An object as a store lists it. */
export interface ListedObject {
  key: string;
  sizeBytes: number;
  /** When it was last written, also by a writer who came too late to change its bytes. */
  modifiedAt: Date;
}

/**
 * Immutable bytes under a key. A write is seen whole or not at all; writing the same key again changes no byte, and counts
 * as written now.
 */
export interface ObjectStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  putFile(key: string, path: string): Promise<void>;
  /** Throws OBJECT_MISSING. */
  get(key: string): Promise<Uint8Array>;
  getFile(key: string, path: string): Promise<void>;
  has(key: string): Promise<boolean>;
  /** All objects of a folder (a prefix that ends with "/"), in any order; those written or deleted meanwhile may be missing. */
  list(folder: string): AsyncIterable<ListedObject>;
  /**
   * Deletes an object unless somebody has written it at or after `unlessSince`. Returns whether it did. A store that cannot do both
   * in one step sets the object aside: whoever wrote it in between still finds it, until `forget`.
   */
  delete(key: string, unlessSince: Date): Promise<boolean>;
  /** What deletions set aside of a folder; `modifiedAt` is when they did. */
  aside(folder: string): AsyncIterable<ListedObject>;
  forget(key: string): Promise<void>;
}

/** Objects brought to this machine's disk, once per hash; throws OBJECT_CORRUPT when the bytes are not what the hash says. */
export interface LocalCache {
  fetch(object: { objectKey: string; sha256: string }): Promise<string>;
  /** A folder that is gone when `work` ends. */
  withFolder<T>(work: (folder: string) => Promise<T>): Promise<T>;
}
