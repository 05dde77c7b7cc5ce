type Close = () => Promise<void>;

// Mocha loads hooks.ts by require and tests by import, and each way makes a module of this file: they meet here.
const REGISTERED = Symbol.for('perennial.tests.atEnd');
const closers = ((globalThis as { [REGISTERED]?: Close[] })[REGISTERED] ??= []);

/** Ends what several suites of this process share, after the last of them: of a file, where files run side by side. */
export function atEnd(close: Close): void {
  closers.push(close);
}

export async function endAll(): Promise<void> {
  for (const close of closers) await close();
}
