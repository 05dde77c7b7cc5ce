import { within } from '../../core/time/time-limit.ts';

/** Works again and again, each time so long after the last has ended, until it is stopped. */
export interface Turns {
  start(): void;
  /** Waits for the one under way, but no longer than `patience`. */
  stop(): Promise<void>;
}

/** `work` deals with its own errors: a turn that fails ends none of the next ones. */
export function createTurns(
  work: () => Promise<unknown>,
  everyMs: number,
  patience: { ms: number; for: string },
): Turns {
  let running: Promise<unknown> | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;

  function start(): void {
    if (stopped) return;
    timer = setTimeout(() => {
      running = work().finally(start);
    }, everyMs);
  }
  return {
    start,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      if (running) await within(patience.ms, patience.for, running).catch(() => undefined);
    },
  };
}
