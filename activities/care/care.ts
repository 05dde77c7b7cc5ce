import { agingRows, type CareInput, MOST_NAMED, type Records, type Removed, type Retention } from '../../core/runs/care.ts'; // prettier-ignore
import { inParallel } from '../../core/base/in-parallel.ts';
import { objectFolders, type ObjectFolder } from '../../core/data/objects/object-keys.ts';
import { type ListedObject, type ObjectStore } from '../../core/data/objects/objects.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { instant } from '../../core/time/time.ts';
import { withFailures } from '../steps/failures.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { cancellationSignal } from '@temporalio/activity';

export interface CarePorts {
  records: Records;
  store: Pick<ObjectStore, 'list' | 'delete' | 'aside' | 'forget'>;
  sharedClock: SharedClock;
  keep: Retention;
}

const ASKED_AT_ONCE = 500;
const DELETED_AT_ONCE = 8;

export const createCareActivities = ({ records, store, sharedClock, keep }: CarePorts) => {
  async function sweep(folder: ObjectFolder, dryRun: boolean): Promise<Removed> {
    const { madeAt, graceBegan } = await records.ages();
    const removed = { kind: folder, count: 0, bytes: 0, first: [] as string[] };

    /** Does `work` for each object that was not written for a while and that no row names. */
    async function toUnnamed(listed: AsyncIterable<ListedObject>, work: (object: ListedObject) => Promise<void>) {
      async function look(page: ListedObject[]): Promise<void> {
        const named = await records.named(page.map(({ key }) => key));
        const unnamed = page.filter(({ key }) => !named.has(key));
        await inParallel(DELETED_AT_ONCE, unnamed, work, cancellationSignal());
      }
      let page: ListedObject[] = [];
      for await (const object of listed) {
        // Objects older than the database may be named by the rows of a backup that is being restored.
        if (object.modifiedAt < madeAt || object.modifiedAt >= graceBegan) continue;
        if (page.push(object) < ASKED_AT_ONCE) continue;
        await look(page);
        page = [];
      }
      if (page.length > 0) await look(page);
    }

    // An object that a deletion set aside while it was written has had time to be named.
    if (!dryRun) await toUnnamed(store.aside(`${folder}/`), ({ key }) => store.forget(key));
    await toUnnamed(store.list(`${folder}/`), async ({ key, sizeBytes }) => {
      if (!dryRun && !(await store.delete(key, graceBegan))) return;
      removed.count++;
      removed.bytes += sizeBytes;
      if (removed.first.length < MOST_NAMED) removed.first.push(key);
    });
    return removed;
  }

  return withFailures({
    /** Removes rows that are older than they are kept, and those of parts that nothing names. */
    async removeOldRows({ dryRun }: CareInput) {
      const now = instant((await sharedClock.read()).now());
      const signal = cancellationSignal();
      const removed: Removed[] = [];
      for (const kind of agingRows) {
        const tables = await unlessCancelled(records.removeOld(kind, { now, keep, dryRun, signal }));
        removed.push(rowsRemoved(kind, tables));
      }
      const profiles = await unlessCancelled(records.removeOldProfiles({ now, keep, dryRun, signal }));
      removed.push({ kind: 'profiles', count: profiles, bytes: null, first: [] });
      const outcomes = await unlessCancelled(records.removeOldOutcomes({ now, keep, dryRun, signal }));
      removed.push({ kind: 'outcomes', count: outcomes, bytes: null, first: [] });
      const tallies = await unlessCancelled(records.removeOldTallies({ dryRun, signal }));
      removed.push(rowsRemoved('tallies', tallies));
      const scores = await unlessCancelled(records.removeOldShadowScores({ dryRun, signal }));
      removed.push({ kind: 'shadow scores', count: scores, bytes: null, first: [] });
      const parts = await unlessCancelled(records.removeUnnamedParts({ dryRun, signal }));
      removed.push(rowsRemoved('unnamed parts', parts));
      return { asOf: now, removed };
    },

    /** Deletes objects that no row names and that nobody has written for a while. */
    async sweepObjects({ dryRun }: CareInput) {
      const removed: Removed[] = [];
      for (const folder of objectFolders) removed.push(await unlessCancelled(sweep(folder, dryRun)));
      return removed;
    },
  });
};
const rowsRemoved = (kind: Removed['kind'], names: string[]): Removed => ({
  kind,
  count: names.length,
  bytes: null,
  first: names.slice(0, MOST_NAMED),
});

export type CareActivities = ReturnType<typeof createCareActivities>;
