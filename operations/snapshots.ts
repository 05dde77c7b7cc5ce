import type { Snapshot } from '../core/data/data.ts';
import { reads } from './door.ts';
import type { OperationPorts } from './ports.ts';

/** The versions of a pipeline's data. */
export const createSnapshots = ({ pipelines, snapshots }: OperationPorts) => ({
  /** The newest first, also those that were quarantined. */
  list: reads(async (pipeline: string, limit = 20): Promise<Omit<Snapshot, 'parts'>[]> => {
    await pipelines.applied(pipeline);
    return snapshots.list(pipeline, limit);
  }),
});
