/** Rejects when `work` has not settled in time; the work itself continues, and its late failure is swallowed. */
export async function within<T>(milliseconds: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not end within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined);
  }
}

/** The same for work that stops when it is told to, also by `outer`: one that is given up asks for nothing more. */
export async function orStop<T>(
  milliseconds: number,
  what: string,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopped = new AbortController();
  // Not AbortSignal.any: on Node 20 a signal that lives as long as the process remembers each that was made of it.
  const stop = (): void => stopped.abort(outer.reason);
  outer.addEventListener('abort', stop, { once: true });
  try {
    outer.throwIfAborted();
    return await within(milliseconds, what, work(stopped.signal));
  } finally {
    outer.removeEventListener('abort', stop);
    stopped.abort();
  }
}

/** Rejects as soon as `signal` aborts; the work itself continues, and its late failure is swallowed. */
export async function unlessStopped<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  signal.throwIfAborted();
  let stop!: () => void;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Calls `tell` once if `work` takes longer than this, and waits on. */
export async function tellIfSlow<T>(milliseconds: number, tell: () => void, work: Promise<T>): Promise<T> {
  const timer = setTimeout(tell, milliseconds);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
