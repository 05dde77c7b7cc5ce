import { readFileSync } from 'node:fs';

/** A text of 4 MiB, whose reading is the measure of a turn: what makes one slow, a busy machine too, does so to the other. */
const JSON_OF_4_MIB = `[${'1,'.repeat(2 ** 21 - 1)}1]`;

/** Most are a fifth of the measure. */
export const LONGEST_TURN = 3;

/**
 * The longest turn of this process's event loop while `work` is under way, in time of the processor, as a multiple of
 * what reading 4 MiB of JSON takes here and now: some 25 ms on a quiet machine.
 */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let ended = false;
  const measure = readingMs();
  const working = work().finally(() => (ended = true));
  let before = usedMs();
  while (!ended) {
    await new Promise((resolve) => setImmediate(resolve));
    longest = Math.max(longest, usedMs() - before);
    before = usedMs();
  }
  await working;
  return longest / Math.max(measure, readingMs());
}

function readingMs(): number {
  const before = usedMs();
  JSON.parse(JSON_OF_4_MIB);
  return usedMs() - before;
}

/** What this thread has used: not its neighbours, which collect garbage or compute. Elsewhere than on Linux, all of them. */
function usedMs(): number {
  if (process.platform === 'linux')
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ', 1)[0]) / 1_000_000;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
