/**
 * Does the work on every item, at most `atOnce` at a time, and returns the results in the order of the items. Begins no
 * more of it after a failure, nor once `signal` says stop, and then rejects.
 */
export async function inParallel<Item, Result>(
  atOnce: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  const takeTurns = async (): Promise<void> => {
    try {
      for (let i = next++; i < items.length; i = next++) {
        signal?.throwIfAborted();
        results[i] = await work(items[i]!);
      }
    } catch (error) {
      next = items.length;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, takeTurns));
  return results;
}
