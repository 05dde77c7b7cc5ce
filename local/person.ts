import { environment } from '../wiring/settings.ts';

/** Input of the person at the terminal: Ctrl-C, a signal, or keys. */
export interface Person {
  /** Resolves when they want everything stopped: q, Ctrl-C, SIGTERM, a closed terminal, or npm that is gone. */
  stop: Promise<void>;
  on(key: string, act: () => void): void;
  /** Stops listening: another Ctrl-C ends the process at once, and its children with it. */
  ignore(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const PARENT_EVERY_MS = 1_000;

interface Started {
  /** The id of the process that waits for this one, where one does: npm, which the script in package.json leaves no shell below. */
  parent: (() => number) | null;
  everyMs: number;
}
const byNpm: Started = {
  parent: environment['npm_lifecycle_event'] === 'start' ? () => process.ppid : null,
  everyMs: PARENT_EVERY_MS,
};

/** Until `on` is called for the first time there is nothing to stop in order: a stop then ends the process at once. */
export function listenToPerson(input: NodeJS.ReadStream = process.stdin, { parent, everyMs }: Started = byNpm): Person {
  const acts = new Map<string, () => void>();
  let ready = false;
  let asked: () => void = () => undefined;
  const stop = new Promise<void>((resolve) => (asked = resolve));
  const onStop = (): void => (ready ? asked() : process.exit(130));
  const onKeys = (text: Buffer): void => {
    for (const key of text.toString()) {
      if (key === 'q' || key === '\u0003') onStop();
      acts.get(key)?.();
    }
  };
  for (const signal of signals) process.on(signal, onStop);
  // Whatever kills npm outright sends us nothing.
  const first = parent?.();
  const watching = setInterval(() => {
    if (parent?.() === first) return;
    clearInterval(watching);
    onStop();
  }, everyMs).unref();
  if (input.isTTY) {
    input.setRawMode(true);
    input.on('data', onKeys);
  } else input.on('data', onKeys).on('error', () => undefined);

  return {
    stop,
    on(key, act) {
      ready = true;
      acts.set(key, act);
    },
    ignore() {
      ready = false;
      clearInterval(watching);
      input.off('data', onKeys);
      if (input.isTTY) input.setRawMode(false);
      input.pause();
    },
  };
}
