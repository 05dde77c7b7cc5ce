import type { Judgement, Part, Snapshot } from './data.ts';
import type { PipelineRef } from '../declaration/pipeline.ts';
import type { Instant } from '../time/time.ts';

export interface Snapshots {
  record(
    snapshot: Pick<Snapshot, 'id' | 'pipeline' | 'revision' | 'asOf'>,
    parts: Pick<Part, 'id'>[],
  ): Promise<Snapshot>;
  /** The first judgement is final; returns it with its snapshot. */
  judge(id: string, judgement: Judgement): Promise<Snapshot>;
  /** Throws SNAPSHOT_MISSING. */
  get(id: string): Promise<Snapshot>;
  /** Newest first, whatever their status. */
  list(pipeline: string, limit: number): Promise<Omit<Snapshot, 'parts'>[]>;
  /** The newest published snapshot that is not after `asOf`, whichever revision took it. */
  latest(pipeline: string, asOf: Instant): Promise<Snapshot | null>;
  /** The snapshot published for this revision and exactly this time; the newest one, if a lost part was replaced since. */
  published(pipeline: PipelineRef, asOf: Instant): Promise<Snapshot | null>;
}
