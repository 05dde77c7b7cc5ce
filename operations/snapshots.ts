import { UserError } from '../core/base/errors/errors.ts';
import type { Snapshot } from '../core/data/data.ts';
import { checkedTag } from '../core/data/snapshot-tags.ts';
import type { Snapshots } from '../core/data/snapshots.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import { shownBy } from '../core/declaration/redaction/redaction.ts';
import { readableToday } from './declarations.ts';
import { acts, reads } from './door.ts';

export interface SnapshotPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declaration'>;
  snapshots: Pick<Snapshots, 'list' | 'tag' | 'untag'>;
}

interface OfSnapshot {
  pipeline: string;
  snapshot: string;
  tag: string;
}

/** The versions of a pipeline's data. */
export const createSnapshots = ({ pipelines, snapshots }: SnapshotPorts) => ({
  /** The newest first, also those that were quarantined. */
  list: reads(async (pipeline: string, limit = 20): Promise<Omit<Snapshot, 'parts'>[]> => {
    const today = await readableToday(pipelines, pipeline);
    return (await snapshots.list(pipeline, limit)).map(shownBy(today).snapshot);
  }),

  /** Gives a published snapshot a tag, which leaves the snapshot that had it. */
  tag: acts(({ actor }) => async (of: OfSnapshot): Promise<{ before: string | null }> => {
    await pipelines.applied(of.pipeline);
    return snapshots.tag({ ...of, tag: checkedTag(of.tag), by: actor.name, from: actor.from });
  }),

  untag: acts(({ actor }) => async (of: OfSnapshot): Promise<void> => {
    await pipelines.applied(of.pipeline);
    if (await snapshots.untag({ ...of, by: actor.name, from: actor.from })) return;
    throw new UserError(
      'REQUEST_INVALID',
      `Nothing was changed: snapshot ${of.snapshot} of ${of.pipeline} has no tag "${of.tag}".`,
    );
  }),
});
