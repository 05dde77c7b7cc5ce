import { UserError } from '../../../core/base/errors/errors.ts';

/** isLoopback('127.0.0.1') // => true */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host.replace(/\.$/, ''));

/** Local is open only to this machine: an address that others reach needs keys. */
export function refuseOpenDoor(host: string, keys: readonly string[]): void {
  if (keys.length > 0 || isLoopback(host)) return;
  throw new UserError(
    'KEYS_REQUIRED',
    `The server is set to listen on ${host}, which other machines can reach, but has no keys. ` +
      `Set PERENNIAL_API_KEYS=key1,key2 (callers send "authorization: Bearer key1"), or PERENNIAL_HOST=127.0.0.1.`,
  );
}
