import { endOf } from '../../core/access/end-of.ts';
import { keyId, type KnownKey } from '../../core/access/keys.ts';
import { type Scope, scopes } from '../../core/access/scopes.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { type Caller } from './callers.ts';
import { createHash, timingSafeEqual } from 'node:crypto';

/** A key that a server knows: by its hash, since the key itself is nobody's business. */
export interface Held {
  id: string;
  hash: Buffer;
  caller: Caller;
  /** null: it has no end, being a setting. */
  ends: Pick<KnownKey, 'expiresAt' | 'revokedAt'> | null;
}

/** The keys that a server knows. It asks nobody: a caller who guesses keys makes no work but a hash. */
export interface KeyRing {
  /** The key that was sent; throws when it is unknown, or may not be used any more. */
  open(sent: string): Held;
  /** A key by its id, while it may be used. */
  find(id: string): Held | undefined;
  /** Takes up the stored keys as they are now. */
  hold(keys: readonly KnownKey[]): void;
  /** The stored keys that were used since the last call. */
  takeUsed(): string[];
}

const digest = (text: string | Buffer): Buffer => createHash('sha256').update(text).digest();

/** Keys of settings: those of PERENNIAL_API_KEYS, which may do everything, and PERENNIAL_METRICS_KEY, which only reads. */
export function createKeyRing(
  { set, reading }: { set: readonly string[]; reading?: string | undefined },
  now: () => number = Date.now,
): KeyRing {
  const heldBySetting = (key: string, allowed: readonly Scope[]): Held => {
    const hash = digest(key);
    const id = `set-${digest(hash).toString('hex').slice(0, 8)}`;
    return { id, hash, caller: { id, name: null, scopes: allowed, pipelines: null, perMinute: null }, ends: null };
  };
  const ofSetting = set.map((key) => heldBySetting(key, scopes));
  if (reading !== undefined && !set.includes(reading)) ofSetting.push(heldBySetting(reading, ['read']));
  let stored = new Map<string, Held>();
  let used = new Set<string>();

  const find = (id: string): Held | undefined => stored.get(id) ?? ofSetting.find((each) => each.id === id);
  const endedBy = ({ ends }: Held): string | null => ends && endOf(ends, now());

  return {
    open(sent) {
      const offered = digest(sent);
      const candidate = stored.get(keyId(sent) ?? '');
      // Compares every key of the setting, so timing reveals nothing. The id of a stored key is no secret.
      const all = candidate ? [...ofSetting, candidate] : ofSetting;
      const [key] = all.filter(({ hash }) => timingSafeEqual(hash, offered));
      if (!key) throw new UserError('KEYS_REQUIRED', 'This server does not know the key that was sent.');
      const end = endedBy(key);
      if (end !== null)
        throw new UserError('KEYS_REQUIRED', `Key ${key.id} of ${key.caller.name} ${end}. Ask for another.`);
      if (key.ends) used.add(key.id);
      return key;
    },
    find(id) {
      const key = find(id);
      return key && endedBy(key) === null ? key : undefined;
    },
    hold(keys) {
      stored = new Map(keys.map((key) => [key.id, heldOf(key)]));
    },
    takeUsed() {
      const ids = [...used];
      used = new Set();
      return ids;
    },
  };
}

const heldOf = ({ id, name, hash, scopes: allowed, pipelines, perMinute, expiresAt, revokedAt }: KnownKey): Held => ({
  id,
  hash: Buffer.from(hash, 'hex'),
  caller: { id, name, scopes: allowed, pipelines, perMinute },
  ends: { expiresAt, revokedAt },
});
