import { readFileSync } from 'node:fs';

/**
 * The longest turn of this process's event loop while `work` is under way, in milliseconds of the processor: what others
 * on this machine do lengthens a turn by the clock, and hardly by this.
 */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let ended = false;
  const working = work().finally(() => (ended = true));
  let before = usedMs();
  while (!ended) {
    await new Promise((resolve) => setImmediate(resolve));
    longest = Math.max(longest, usedMs() - before);
    before = usedMs();
  }
  await working;
  return longest;
}

/** What this thread has used: not its neighbours, which collect garbage or compute. Elsewhere than on Linux, all of them. */
function usedMs(): number {
  if (process.platform === 'linux')
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ', 1)[0]) / 1_000_000;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
