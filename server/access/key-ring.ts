import { scopes } from '../../core/access/scopes.ts';
import { UserError } from '../../core/base/errors.ts';
import { type Caller } from './callers.ts';
import { createHash, timingSafeEqual } from 'node:crypto';

/** A key that a server knows: by its hash, since the key itself is nobody's business. */
export interface Held {
  id: string;
  hash: Buffer;
  caller: Caller;
}

/** The keys that a server knows. It asks nobody: a caller who guesses keys makes no work but a hash. */
export interface KeyRing {
  /** The key that was sent; throws when there is none like it. */
  open(sent: string): Held;
  /** A key by its id, while it may be used. */
  find(id: string): Held | undefined;
}

const digest = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();

export function createKeyRing(set: readonly string[]): KeyRing {
  const ofSetting = set.map((key): Held => {
    const hash = digest(key);
    const id = `set-${digest(hash).toString('hex').slice(0, 8)}`;
    return { id, hash, caller: { id, name: null, scopes } };
  });
  return {
    open(sent) {
      const offered = digest(sent);
      // Compares every key, so timing reveals nothing.
      const [found] = ofSetting.filter(({ hash }) => timingSafeEqual(hash, offered));
      if (found) return found;
      throw new UserError('KEYS_REQUIRED', 'This server does not know the key that was sent.');
    },
    find: (id) => ofSetting.find((each) => each.id === id),
  };
}
