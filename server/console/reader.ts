import { type Reader } from '../../console/context.ts';
import { messageOf, UserError } from '../../core/base/errors/errors.ts';
import { within } from '../../core/time/time-limit.ts';
import { isNotThere } from './statuses.ts';

export interface ForgetfulReader extends Reader {
  /** Call after a change, so no page shows the old state. */
  forget(): void;
}

const STUCK_MS = 10_000;

/**
 * Runs each query at most once in `freshMs` for any number of pages, and waits `patienceMs` for an answer: with
 * Postgres or Temporal down a page shows that and does not hang.
 */
export function createReader({ freshMs = 1_000, patienceMs = 2_000 } = {}): ForgetfulReader {
  const memory = new Map<string, { at: number; settled: boolean; answer: Promise<unknown> }>();

  function fresh<T>(key: string, work: () => Promise<T>): Promise<T> {
    const now = Date.now();
    // An unanswered query is not repeated, which would only add load to a database that hangs.
    for (const [old, { at, settled }] of memory) if (now - at >= (settled ? freshMs : STUCK_MS)) memory.delete(old);
    const known = memory.get(key);
    if (known) return known.answer as Promise<T>;
    const answer = work();
    const entry = { at: now, settled: false, answer };
    memory.set(key, entry);
    const settle = (): void => void Object.assign(entry, { settled: true, at: Date.now() });
    answer.then(settle, settle);
    return answer;
  }

  const read = <T>(key: string, work: () => Promise<T>): Promise<T> => within(patienceMs, key, fresh(key, work));
  return {
    read,
    async ask(key, work) {
      try {
        return { value: await read(key, work), problem: null };
      } catch (error) {
        if (error instanceof UserError && isNotThere(error.code)) throw error;
        return { value: null, problem: messageOf(error) || 'no answer' };
      }
    },
    forget: () => memory.clear(),
  };
}
