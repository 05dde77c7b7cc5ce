import { reportKey, type ReportSubject } from '../../core/data/objects/object-keys.ts';
import { type ObjectStore } from '../../core/data/objects/objects.ts';
import { createHash } from 'node:crypto';

/**
 * Stores a page under the hash of its bytes and returns the key, for the row that it describes: the first writer of a
 * key wins, so under any other name an earlier page about something else could stay for ever.
 */
export async function putReport(
  store: Pick<ObjectStore, 'put'>,
  pipeline: string,
  about: ReportSubject,
  html: string,
): Promise<string> {
  const bytes = new TextEncoder().encode(html);
  const key = reportKey(pipeline, about, createHash('sha256').update(bytes).digest('hex'));
  await store.put(key, bytes);
  return key;
}
