import { messageOf } from '../../core/base/errors/errors.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const FOR_MS = 60_000;
const TELL_AFTER_MS = 3_000;
const PAUSE_MS = 100;

/** How long to wait for something that starts, and who is told why it takes long. */
export interface Patience {
  /** A minute by default. */
  forMs?: number;
  /** Receives what is awaited and the last answer, after some seconds and whenever the answer changes. */
  tell?: ((words: string) => void) | undefined;
}

interface Work<T> extends Patience {
  /** A description of what is awaited. */
  what: string;
  /** Repeatable, and limits its own time. */
  ask(): Promise<T>;
  /** Whether no second try can help. */
  hopeless?(error: unknown): boolean;
  /** Ends the pause before the next try early. */
  wake?: Promise<unknown>;
}

/** Tries until it succeeds; throws the last error when time runs out, and a hopeless one at once. */
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
