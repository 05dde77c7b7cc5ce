const closers: (() => Promise<void>)[] = [];

/** Ends what several suites of this process share, after the last of them: of a file, where files run side by side. */
export function atEnd(close: () => Promise<void>): void {
  closers.push(close);
}

export async function endAll(): Promise<void> {
  for (const close of closers) await close();
}
