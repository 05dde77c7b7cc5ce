import { messageOf } from '../../core/base/errors/errors.ts';
import { type PredictionLog } from '../../core/data/predictions/prediction-log.ts';
import { MINUTE, SECOND } from '../../core/time/time.ts';
import { type CountKeeper } from './served-counts.ts';
import { type Log } from './segments.ts';
import { within } from '../../core/time/time-limit.ts';

const LOOK_MS = SECOND;

export interface CountingOptions {
  predictions: Pick<PredictionLog, 'countShipped'>;
  counts: CountKeeper;
  log: Log;
  everyMs?: number;
}

export interface Counting {
  /** Counts all uncounted logged predictions, including those of a dead server. */
  count(): Promise<void>;
  start(): void;
  /** Counts what it can within this time; the rest waits for the next server that counts. */
  stop(withinMs: number): Promise<void>;
}

/** Updates the totals from the log once a minute: a total is far larger than a prediction, and readers add the rest. */
export function createCounting({ predictions, counts, log, everyMs = MINUTE }: CountingOptions): Counting {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;
  let stopped = false;
  let due = performance.now() + everyMs;
  let failed = false;

  async function countSome(): Promise<number> {
    try {
      const counted = await predictions.countShipped(counts.stage);
      counts.keep();
      return counted;
    } catch (error) {
      counts.discard();
      throw error;
    }
  }

  async function countAll(): Promise<void> {
    while ((await countSome()) > 0);
  }

  /** One pass at a time; a call during a pass waits for it and then makes its own. */
  async function count(): Promise<void> {
    while (running) await running.catch(() => undefined);
    running = countAll().finally(() => (running = null));
    await running;
  }

  /** Counts when it is time, or soon while the server does not know in which bins to count what it answers. */
  function plan(): void {
    if (stopped) return;
    const isDue = (): boolean => performance.now() >= due || (counts.lacksBins && !failed);
    timer = setTimeout(
      () => void (isDue() ? countOrTell() : Promise.resolve()).finally(plan),
      Math.min(everyMs, LOOK_MS),
    );
  }

  async function countOrTell(): Promise<void> {
    due = performance.now() + everyMs;
    try {
      await count();
      failed = false;
    } catch (error) {
      failed = true;
      log.warn(`predictions are waiting to be counted: ${messageOf(error)}`);
    }
  }

  return {
    count,
    start: plan,
    async stop(withinMs) {
      stopped = true;
      clearTimeout(timer);
      await within(withinMs, 'counting the rest', count()).catch((error: unknown) => {
        log.warn(`predictions stay uncounted until the next server counts: ${messageOf(error)}`);
      });
    },
  };
}
