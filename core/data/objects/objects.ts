/** An object as a store lists it. */
export interface ListedObject {
  key: string;
  sizeBytes: number;
  /** When it was last written, even by a writer too late to change its bytes. */
  modifiedAt: Date;
}

/**
 * Immutable bytes under a key. A write is atomic; writing the same key again changes no byte, but counts as written
 * now.
 */
export interface ObjectStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  putFile(key: string, path: string): Promise<void>;
  /** Writes over an object that no longer holds what was stored, as atomically. */
  replaceFile(key: string, path: string): Promise<void>;
  /** Throws OBJECT_MISSING. */
  get(key: string): Promise<Uint8Array>;
  getFile(key: string, path: string): Promise<void>;
  has(key: string): Promise<boolean>;
  /**
   * All objects of a folder (a prefix that ends with "/"), in any order; it can miss those written or deleted
   * meanwhile.
   */
  list(folder: string): AsyncIterable<ListedObject>;
  /**
   * Deletes an object unless it was written at or after `unlessSince`. Returns whether it did. A store that cannot do
   * both in one step sets the object aside: a writer in between still finds it, until `forget`.
   */
  delete(key: string, unlessSince: Date): Promise<boolean>;
  /** Objects of a folder that deletions set aside; `modifiedAt` is when. */
  aside(folder: string): AsyncIterable<ListedObject>;
  forget(key: string): Promise<void>;
}

/** An object whose bytes have a hash. */
export interface StoredObject {
  objectKey: string;
  sha256: string;
}

/** Objects on this machine's disk, fetched once per hash; throws OBJECT_CORRUPT when the bytes do not have the hash. */
export interface LocalCache {
  fetch(object: StoredObject): Promise<string>;
  /** Writes a corrupt object anew from an intact copy on this disk, if there is one. Whether the store has it intact now. */
  restore(object: StoredObject): Promise<boolean>;
  /** A folder that is deleted when `work` ends. */
  withFolder<T>(work: (folder: string) => Promise<T>): Promise<T>;
}
