/**
 * Does the work on every item, at most `atOnce` at a time, and returns the results in the order of the items. Begins no
 * more of it after a failure, nor once `signal` says stop. It rejects with the first failure, once all that had begun has
 * ended, so nothing of it is still under way behind its caller's back.
 */
export async function inParallel<Item, Result>(
  atOnce: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const takeTurns = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const i = next++;
      try {
        signal?.throwIfAborted();
        results[i] = await work(items[i]!);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, takeTurns));
  if (failures.length > 0) throw failures[0];
  return results;
}
