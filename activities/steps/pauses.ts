import { setImmediate } from 'node:timers/promises';

const LONGEST_MS = 10;

/** For work in small steps: `await pause()` after each yields the event loop once it was held for 10 ms. */
export function createPauses(): () => Promise<void> {
  let since = performance.now();
  return async function pause() {
    if (performance.now() - since < LONGEST_MS) return;
    await setImmediate();
    since = performance.now();
  };
}
