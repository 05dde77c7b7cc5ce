import type { ApiKey } from './keys.ts';

/** Why a key may not be used any more; null while it may. */
export function endOf({ revokedAt, expiresAt }: Pick<ApiKey, 'revokedAt' | 'expiresAt'>, now: number): string | null {
  if (revokedAt !== null) return `was revoked at ${revokedAt}`;
  return expiresAt !== null && Date.parse(expiresAt) <= now ? `expired at ${expiresAt}` : null;
}
