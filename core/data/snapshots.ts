import type { Judgement, Part, Snapshot } from './data.ts';
import type { PipelineRef } from '../declaration/pipeline.ts';
import type { Instant } from '../time/time.ts';
import type { Way } from '../access/actor.ts';

export interface Tagging {
  pipeline: string;
  tag: string;
  by: string;
  from?: Way | undefined;
}

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
  /** The id of the snapshot that has this tag. */
  tagged(pipeline: string, tag: string): Promise<string | null>;
  /** Takes the tag from the snapshot that had it; returns that. Throws SNAPSHOT_MISSING, and refuses unpublished ones. */
  tag(tagging: Tagging & { snapshot: string }): Promise<{ before: string | null }>;
  /** false: that snapshot does not have it. */
  untag(tagging: Tagging & { snapshot: string }): Promise<boolean>;
}
