/** Input of the person at the terminal: Ctrl-C, a signal, or keys. */
export interface Person {
  /** Resolves when they want everything stopped: q, Ctrl-C, SIGTERM, or a closed terminal. */
  stop: Promise<void>;
  on(key: string, act: () => void): void;
  /** Stops listening: another Ctrl-C ends the process at once, and its children with it. */
  ignore(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Until `on` is called for the first time there is nothing to stop in order: a stop then ends the process at once. */
export function listenToPerson(input: NodeJS.ReadStream = process.stdin): Person {
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
      input.off('data', onKeys);
      if (input.isTTY) input.setRawMode(false);
      input.pause();
    },
  };
}
