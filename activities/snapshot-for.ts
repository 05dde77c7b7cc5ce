import { type Snapshot } from '../core/data.ts';
import { UserError } from '../core/errors.ts';
import { contentId } from '../core/ids.ts';
import { type PipelineRef } from '../core/pipeline.ts';
import { type Catalogue } from '../core/ports.ts';
import { type Instant } from '../core/time.ts';

/** What the data loop published for this revision and this very moment; null while there is nothing. */
export async function snapshotFor(
  catalogue: Catalogue,
  { name, revision }: PipelineRef,
  asOf: Instant,
): Promise<Snapshot | null> {
  try {
    const snapshot = await catalogue.snapshot(contentId({ pipeline: name, revision, asOf }));
    return snapshot.status === 'published' ? snapshot : null;
  } catch (error) {
    if (error instanceof UserError && error.code === 'SNAPSHOT_MISSING') return null;
    throw error;
  }
}
