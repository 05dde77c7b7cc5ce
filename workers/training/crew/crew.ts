import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * Tasks that threads take one by one. `turn` says which tasks are handed out now and how many of them nobody has taken;
 * a thread that makes it one less has taken one. It reads what the task is after that, so waking late does no harm.
 */
const [TURN, DONE, FAILED] = [0, 1, 2];
const TASK_BITS = 12;
const TASKS = (1 << TASK_BITS) - 1;
const TURNS = (1 << 18) - 1;
const ENDED = -1;
/** No task takes this long: a thread that has not finished by then is gone. */
const PATIENCE_MS = 60_000;

/** Does one task of those that are handed out. */
export type Work = (task: number) => void;

/** Takes one task and does it; false when none is left. */
function takeOne(claims: Int32Array, work: Work, turn: number): boolean {
  if (turn === ENDED || (turn & TASKS) === 0) return false;
  if (Atomics.compareExchange(claims, TURN, turn, turn - 1) !== turn) return true; // another was first
  try {
    work((turn & TASKS) - 1);
  } catch (error) {
    Atomics.store(claims, FAILED, 1);
    throw error;
  } finally {
    Atomics.add(claims, DONE, 1);
    Atomics.notify(claims, DONE);
  }
  return true;
}

/** Takes tasks until there will be no more; sleeps in between. */
export function help(claims: Int32Array, work: Work): void {
  for (;;) {
    const turn = Atomics.load(claims, TURN);
    if (turn === ENDED) return;
    if (!takeOne(claims, work, turn)) Atomics.wait(claims, TURN, turn);
  }
}

/** The side that hands tasks out, and does its share of them. */
export function createForeman(claims: Int32Array, work: Work) {
  let turns = 0;
  return {
    /** Returns when so many tasks are done, by any thread. */
    handOut(tasks: number): void {
      Atomics.store(claims, DONE, 0);
      turns = (turns + 1) & TURNS;
      Atomics.store(claims, TURN, (turns << TASK_BITS) | tasks);
      Atomics.notify(claims, TURN);
      while (takeOne(claims, work, Atomics.load(claims, TURN)));
      for (let done; (done = Atomics.load(claims, DONE)) < tasks;)
        if (Atomics.wait(claims, DONE, done, PATIENCE_MS) === 'timed-out')
          throw new Error(`A thread has not finished its part of a training within ${PATIENCE_MS / 1000} s`);
      if (Atomics.load(claims, FAILED) !== 0) throw new Error('A thread failed in its part of a training');
    },
    end(): void {
      Atomics.store(claims, TURN, ENDED);
      Atomics.notify(claims, TURN);
    },
  };
}

export interface Crew {
  /** How many there are. */
  size: number;
  /** Tells each what is shared and its own number, from 1 on. */
  join(shared: object): void;
  /** Resolves when all take part; nothing has to wait for it. */
  started(): Promise<void>;
  end(): Promise<void>;
}

/** Starts threads that help, each with the program at `url`. They load it while the main thread still reads rows. */
export function hireCrew(url: URL, size: number, log: (line: string) => void): Crew {
  const threads = Array.from({ length: size }, () => {
    const thread = new Worker(url);
    thread.unref();
    return thread.on('error', (error) => log(`A thread of this training ended, and the others do its part: ${error.message}`)); // prettier-ignore
  });
  return {
    size,
    join(shared) {
      for (const [i, thread] of threads.entries()) thread.postMessage({ ...shared, thread: i + 1 });
    },
    async started() {
      await Promise.all(threads.map((thread) => once(thread, 'message')));
    },
    async end() {
      await Promise.all(threads.map((thread) => thread.terminate()));
    },
  };
}

export const nobody: Crew = { size: 0, join() {}, started: () => Promise.resolve(), end: () => Promise.resolve() };
