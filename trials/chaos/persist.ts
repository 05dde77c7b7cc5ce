import { messageOf, UserError, type ErrorCode } from '../../core/base/errors/errors.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** Errors after which a person tries again, since something is down. */
const away: readonly ErrorCode[] = [
  'DATABASE_UNREACHABLE',
  'SOURCE_UNREACHABLE',
  'TEMPORAL_UNREACHABLE',
  'NO_WORKER',
  'OBJECT_STORE_UNREACHABLE',
  'UNREACHABLE',
];

let patienceMs = 300_000;
const PAUSE_MS = 250;

/** The additional patience of waiting callers. */
export function expectOutagesOf(durationMs: number): void {
  patienceMs += durationMs;
}

/** Errors that are final, however often one tries. */
const isFinal = (error: unknown): boolean => error instanceof UserError && !away.includes(error.code);

/** Retries as a person would who sees that something is down. */
export async function persist<T>(what: string, work: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + patienceMs; ; await sleep(PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      if (isFinal(error)) throw error;
      if (Date.now() > deadline)
        throw new Error(`${what} did not happen in ${patienceMs / 1_000} s: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** Looks until there is something. */
export async function until<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  return persist(what, async () => {
    const found = await look();
    if (!found) throw new Error('it is not there yet');
    return found;
  });
}
