import { keyText, type KnownKey, type KnownKeys } from '../../../core/access/keys.ts';
import { createHash } from 'node:crypto';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const idOf = (name: string): string => digest(name).slice(0, 8);

/** The key of a name, as its holder sends it. */
export const textOf = (name: string): string => keyText(idOf(name), digest(`the secret of ${name}`));

/** The same as a server knows it. */
export const aKey = (changes: Partial<KnownKey> & { name: string }): KnownKey => ({
  id: idOf(changes.name),
  hash: digest(textOf(changes.name)),
  scopes: ['predict'],
  pipelines: null,
  perMinute: null,
  expiresAt: null,
  revokedAt: null,
  ...changes,
});

export const storedKeys = (keys: KnownKey[]): KnownKeys => ({ known: async () => keys, used: async () => undefined });
