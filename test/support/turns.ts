/**
 * The longest turn of this process's event loop while `work` is under way, in milliseconds of the processor: what others
 * on this machine do lengthens a turn by the clock, and hardly by this.
 */
export async function longestTurn(work: () => Promise<unknown>): Promise<number> {
  let longest = 0;
  let ended = false;
  const working = work().finally(() => (ended = true));
  let before = process.cpuUsage();
  while (!ended) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = process.cpuUsage();
    longest = Math.max(longest, (now.user - before.user + now.system - before.system) / 1000);
    before = process.cpuUsage();
  }
  await working;
  return longest;
}
