import type { Snapshot } from '../core/data/data.ts';
import type { Snapshots } from '../core/data/snapshots.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import { reads } from './door.ts';

export interface SnapshotPorts {
  pipelines: Pick<Pipelines, 'applied'>;
  snapshots: Pick<Snapshots, 'list'>;
}

/** The versions of a pipeline's data. */
export const createSnapshots = ({ pipelines, snapshots }: SnapshotPorts) => ({
  /** The newest first, also those that were quarantined. */
  list: reads(async (pipeline: string, limit = 20): Promise<Omit<Snapshot, 'parts'>[]> => {
    await pipelines.applied(pipeline);
    return snapshots.list(pipeline, limit);
  }),
});
