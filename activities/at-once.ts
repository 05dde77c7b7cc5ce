import { unlessCancelled } from './heartbeats.ts';

/**
 * Does the work on every item, at most `atOnce` at a time, and returns the results in the order of the items. Begins no
 * more of it after the first failure, or when the activity is cancelled.
 */
export async function mapAtOnce<Item, Result>(
  atOnce: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  let next = 0;
  const takeTurns = async (): Promise<void> => {
    try {
      for (let i = next++; i < items.length; i = next++) results[i] = await unlessCancelled(work(items[i]!));
    } catch (error) {
      next = items.length;
      throw error;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, takeTurns));
  return results;
}
