import { UserError } from '../../../../core/base/errors/errors.ts';
import { within } from '../../../../core/time/time-limit.ts';
import { MINUTE } from '../../../../core/time/time.ts';
import { RequestProblem } from '../../errors.ts';
import { TooLarge } from '../problems.ts';
import type { Asked, TableCall, TableCalls, Told } from './thread.ts';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** Each holds a piece of a file in memory. */
const MOST_THREADS = 2;
/** Of one thread, in megabytes. */
const MOST_MEMORY = 768;
/** A broken file can send a parser round in circles. */
const LONGEST_CALL = MINUTE;

/** A thread without work ends after this, and frees its memory. */
const IDLE = MINUTE;

/** Reads and writes tables for one request, in a thread: a file of a stranger's neither holds up nor ends the server. */
export interface Tables {
  call: TableCalls;
  /** Ends the thread, unless all it was asked is answered: then it waits for the next request. */
  end(): Promise<void>;
}

let running = 0;
const idle = new Map<Worker, NodeJS.Timeout>();

/** Throws SERVER_BUSY while as many threads work as may. */
export function startTables(): Tables {
  if (running >= MOST_THREADS)
    throw new UserError(
      'SERVER_BUSY',
      `This server is busy with ${MOST_THREADS} files of Parquet or Arrow, as many as it takes at a time. Try again in a second.`,
    );
  running++;
  const thread = takeThread();
  let isWhole = true;
  let ended = false;

  const ask =
    <Call extends TableCall>(call: Call) =>
    async (...input: Parameters<TableCalls[Call]>): Promise<never> => {
      isWhole = false;
      const told = await within(LONGEST_CALL, 'a piece of the file', answerOf(thread, { call, input })).catch(failed);
      isWhole = true;
      if ('answer' in told) return told.answer as never;
      const { message, tooLarge } = told.problem;
      throw tooLarge ? new TooLarge(message) : new RequestProblem(message);
    };

  return {
    call: {
      open: ask('open'),
      next: ask('next'),
      begin: ask('begin'),
      write: ask('write'),
      end: ask('end'),
      close: ask('close'),
    },
    async end() {
      if (ended) return;
      ended = true;
      const rested = isWhole && (await ask('close')().then(() => true, () => false)); // prettier-ignore
      if (rested) rest(thread);
      else await thread.terminate();
      running--;
    },
  };
}

function takeThread(): Worker {
  const [waiting] = idle.keys();
  if (waiting) {
    clearTimeout(idle.get(waiting));
    idle.delete(waiting);
    waiting.ref();
    return waiting;
  }
  const thread = new Worker(new URL('thread.js', import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY },
  });
  const forget = (): void => void idle.delete(thread);
  return thread.on('error', forget).on('exit', forget); // its caller gets it too
}

/** A thread that waits does not keep the process alive. */
function rest(thread: Worker): void {
  thread.unref();
  const end = (): void => {
    idle.delete(thread);
    void thread.terminate();
  };
  idle.set(thread, setTimeout(end, IDLE).unref());
}

async function answerOf(thread: Worker, asked: Asked): Promise<Told> {
  const heard = new AbortController();
  const { signal } = heard;
  try {
    thread.postMessage(asked);
    const ended = once(thread, 'exit', { signal }).then(([code]) => {
      throw new Error(`The thread ended with code ${code}.`);
    });
    const [told] = (await Promise.race([once(thread, 'message', { signal }), ended])) as [Told];
    return told;
  } finally {
    heard.abort();
  }
}

function failed(error: Error & { code?: string }): never {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY')
    throw new TooLarge(
      'A piece of the file does not fit into memory. Write it with fewer rows in each row group or batch.',
    );
  throw error;
}
