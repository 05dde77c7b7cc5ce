import { keyId, keyText, keyWish, type ApiKey, type ApiKeys, type KeyWish } from '../core/access/keys.ts';
import { UserError } from '../core/base/errors/errors.ts';
import { administers } from './door.ts';
import { createHash, randomBytes } from 'node:crypto';

const MOST_LISTED = 1_000;

export interface KeyPorts {
  apiKeys: ApiKeys;
}

export interface CreatedKey extends ApiKey {
  /** What callers send. Nobody can read it again. */
  secret: string;
}

/** The keys of callers. */
export const createKeys = ({ apiKeys }: KeyPorts) => ({
  /** The newest first, also those that have ended. */
  list: administers(() => async (): Promise<ApiKey[]> => apiKeys.list(MOST_LISTED)),

  /** Makes a key, and is the only one who ever sees it: it keeps a hash. */
  create: administers(({ actor }) => async (wished: KeyWish): Promise<CreatedKey> => {
    const parsed = keyWish.safeParse(wished);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(({ path, message }) => `${String(path[0] ?? 'the key')}: ${message}`);
      throw new UserError('REQUEST_INVALID', `No key was made. ${problems.join('; ')}`);
    }
    const { expires: lasts, scopes: held, ...rest } = parsed.data;
    const id = randomBytes(4).toString('hex');
    const secret = keyText(id, randomBytes(32).toString('hex'));
    // A slow hash protects passwords, which people choose and others guess. Nobody guesses 256 random bits, and a server
    // hashes a key for each request.
    const hash = createHash('sha256').update(secret).digest('hex');
    return { ...(await apiKeys.create({ ...rest, scopes: [...new Set(held)], id, hash, lasts }, actor)), secret };
  }),

  /** Ends a key, by its id or its text. Servers refuse it within seconds. */
  revoke: administers(({ actor }) => async (key: string): Promise<ApiKey> => {
    const id = keyId(key);
    if (id !== null) return apiKeys.revoke(id, actor);
    throw new UserError('KEY_UNKNOWN', 'That is not the id of a key. To list keys with their ids: perennial keys');
  }),
});
