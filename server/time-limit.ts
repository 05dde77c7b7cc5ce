/** Rejects when `work` has not settled in time; the work itself goes on, and its late failure is swallowed. */
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

/** The same for work that stops when it is told to: one that is given up asks for nothing more. */
export async function orStop<T>(
  milliseconds: number,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stopped = new AbortController();
  try {
    return await within(milliseconds, what, work(stopped.signal));
  } finally {
    stopped.abort();
  }
}
