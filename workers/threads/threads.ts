import type { Threads } from '../../core/base/threads.ts';
import { createTurns } from '../../adapters/sources/turns.ts';
import type { ThreadRequest } from './thread.ts';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

export interface ThreadOptions {
  /** The script of the threads. */
  entry?: URL;
  /** The maximum at once: the number of cores. */
  most?: number;
  /** A thread idle for this long ends, and frees its memory. */
  idleMs?: number;
}

/** Starts threads when they are needed. A thread that waits for work does not keep the process alive. */
export function createThreads({
  entry = new URL('thread.js', import.meta.url),
  most = availableParallelism(),
  idleMs = 60_000,
}: ThreadOptions = {}): Threads {
  const inTurn = createTurns(most);
  const idle = new Map<Worker, NodeJS.Timeout>();

  function take(): Worker {
    const [waiting] = idle.keys();
    if (!waiting) return start();
    clearTimeout(idle.get(waiting));
    idle.delete(waiting);
    waiting.ref();
    return waiting;
  }

  function start(): Worker {
    const thread = new Worker(entry);
    const forget = (): void => void idle.delete(thread);
    return thread.on('error', forget).on('exit', forget); // its caller gets it too
  }

  function rest(thread: Worker): void {
    thread.unref();
    const end = (): void => {
      idle.delete(thread);
      void thread.terminate();
    };
    idle.set(thread, setTimeout(end, idleMs).unref());
  }

  return {
    run: (name, input, signal) =>
      inTurn(signal, async () => {
        const thread = take();
        const end = (): void => void thread.terminate();
        signal.addEventListener('abort', end, { once: true });
        try {
          const answer = await answerOf(thread, { name, input });
          rest(thread);
          return answer;
        } catch (error) {
          end();
          signal.throwIfAborted(); // we ended it: a cancellation, not a failure
          throw error;
        } finally {
          signal.removeEventListener('abort', end);
        }
      }),
  };
}

/**
 * Resolves to the thread's answer; rejects with what the computation threw, or when the thread ends without an answer.
 */
async function answerOf(thread: Worker, request: ThreadRequest): Promise<unknown> {
  const heard = new AbortController();
  const { signal } = heard;
  try {
    thread.postMessage(request, buffersIn(request.input));
    const ended = once(thread, 'exit', { signal }).then(([code]) => {
      throw new Error(`The thread that computed "${request.name}" ended with code ${code} before it finished.`);
    });
    const [answer] = (await Promise.race([once(thread, 'message', { signal }), ended])) as unknown[];
    return answer;
  } finally {
    heard.abort();
  }
}

/**
 * The buffers of all typed arrays in a value: they move to the thread, where a copy would take time and memory twice.
 */
function buffersIn(value: unknown, found: ArrayBuffer[] = []): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer && !found.includes(value.buffer)) found.push(value.buffer);
  } else if (typeof value === 'object' && value !== null)
    for (const part of Object.values(value)) buffersIn(part, found);
  return found;
}
