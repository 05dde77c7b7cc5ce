import { randomInt } from 'node:crypto';

/**
 * An address of this machine that no page in its browser can guess: Linux answers on all of 127.0.0.0/8, 16 million
 * addresses; null where 127.0.0.1 is the only one.
 */
export function hiddenHost(): string | null {
  if (process.platform !== 'linux') return null;
  return `127.${randomInt(1, 255)}.${randomInt(0, 256)}.${randomInt(1, 255)}`;
}
