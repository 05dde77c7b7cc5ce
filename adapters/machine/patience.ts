import { messageOf } from '../../core/base/errors.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const FOR_MS = 60_000;
const TELL_AFTER_MS = 3_000;
const PAUSE_MS = 100;

/** How long something that starts is waited for, and who hears why it lasts. */
export interface Patience {
  /** A minute, unless it is said. */
  forMs?: number;
  /** Hears what is waited for and the last answer, after some seconds and whenever the answer is another one. */
  tell?: ((words: string) => void) | undefined;
}

interface Work<T> extends Patience {
  /** What is waited for, in words. */
  what: string;
  /** May be asked again and again, and limits its own time. */
  ask(): Promise<T>;
  /** Whether no second try can help. */
  hopeless?(error: unknown): boolean;
  /** Cuts the pause before the next try short. */
  wake?: Promise<unknown>;
}

/** Asks until there is an answer; throws the last error when time runs out, and one that is hopeless at once. */
export async function patiently<T>(work: Work<T>): Promise<T> {
  const { what, ask, forMs = FOR_MS, tell, hopeless = () => false, wake } = work;
  const began = Date.now();
  let last = 'no answer yet';
  let told = '';
  const telling = setInterval(() => {
    if (last !== told) tell?.(`Waiting for ${what}: ${last}`);
    told = last;
  }, TELL_AFTER_MS);
  try {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (hopeless(error) || Date.now() - began >= forMs) throw error;
        last = messageOf(error);
      }
      await Promise.race([sleep(PAUSE_MS), ...(wake ? [wake] : [])]);
    }
  } finally {
    clearInterval(telling);
  }
}
