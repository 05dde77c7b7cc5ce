import { UserError } from '../core/base/errors/errors.ts';

/** A version as people write it: v3 or 3. */
export function versionIn(text: string, pipeline: string): number {
  const number = /^v?(\d+)$/.exec(text)?.[1];
  if (number !== undefined) return Number(number);
  throw new UserError(
    'REQUEST_INVALID',
    `"${text}" is not a version. Write v3 or 3; see: perennial models ${pipeline}`,
  );
}
