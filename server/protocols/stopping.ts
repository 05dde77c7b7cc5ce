import { fstatSync } from 'node:fs';

/**
 * Calls `stop` once: at SIGTERM or SIGINT, when our parent sends "stop", or when it is gone (the end of a piped stdin, or
 * of the IPC channel). Ends the process after it, or at a second signal.
 */
export function whenAskedToStop(stop: (why: string) => Promise<void>): void {
  let stopping = false;
  const ask = (why: string): void => {
    if (stopping) return;
    stopping = true;
    stop(why).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.on(signal, () => {
      if (stopping) process.exit(1);
      ask(signal);
    });
  if (process.channel) {
    process.on('message', (message) => message === 'stop' && ask('the process that started us stops'));
    process.on('disconnect', () => ask('the process that started us is gone'));
  }
  if (stdinIsPipe()) {
    process.stdin.on('end', () => ask('stdin ended'));
    process.stdin.on('error', () => ask('stdin ended'));
    process.stdin.resume();
  }
}

/** Under a service manager stdin is /dev/null, whose end means nothing. */
function stdinIsPipe(): boolean {
  try {
    const stdin = fstatSync(0);
    return stdin.isFIFO() || stdin.isSocket();
  } catch {
    return false;
  }
}
