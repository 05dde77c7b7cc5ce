import type { Judgement, Part, Snapshot } from './data.ts';
import type { PipelineRef } from '../declaration/pipeline.ts';
import type { Instant } from '../time/time.ts';

export interface Snapshots {
  record(
    snapshot: Pick<Snapshot, 'id' | 'pipeline' | 'revision' | 'asOf'>,
    parts: Pick<Part, 'id'>[],
  ): Promise<Snapshot>;
  /** The first judgement holds; returns it with its snapshot. */
  judge(id: string, judgement: Judgement): Promise<Snapshot>;
  /** Throws SNAPSHOT_MISSING. */
  get(id: string): Promise<Snapshot>;
  /** Newest first, whatever became of them. */
  list(pipeline: string, limit: number): Promise<Omit<Snapshot, 'parts'>[]>;
  /** The newest published snapshot that is not after `asOf`, whichever revision took it. */
  latest(pipeline: string, asOf: Instant): Promise<Snapshot | null>;
  /** What was published for this revision and this very moment; the newest, where a lost part was replaced since. */
  published(pipeline: PipelineRef, asOf: Instant): Promise<Snapshot | null>;
}
