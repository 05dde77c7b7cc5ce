import { type ObjectStore } from '../core/ports.ts';
import { sha256 } from '../core/sha256.ts';

/**
 * Stores a page under the name of its own bytes and returns that key, for the row of what it reports on: the first writer
 * of a key wins, so under any other name an earlier page about something else could stay for ever.
 */
export async function putReport(store: ObjectStore, about: string, html: string): Promise<string> {
  const key = `reports/${about}/${sha256(html).slice(0, 16)}.html`;
  await store.put(key, new TextEncoder().encode(html));
  return key;
}
