import type { Binning, ColumnBins } from './binning.ts';
import type { Judgement, Part, Snapshot } from './data.ts';
import type { PipelineRef } from '../declaration/pipeline.ts';
import type { Profile } from './profile.ts';
import type { Instant } from '../time/time.ts';

/** Snapshots, their parts, binnings and profiles. */
export interface Catalogue {
  /**
   * Keeps all parts of the pipeline from being removed, until the run releases them or has not held them anew for the time of
   * grace. Parts that are looked for afterwards are there to stay.
   */
  holdParts(pipeline: string, run: string): Promise<void>;
  releaseParts(run: string): Promise<void>;
  /** The newest part of each of these extractions, where there is one. */
  findParts(extractions: string[]): Promise<Part[]>;
  /** Keeps the first part of its extraction with its number; returns the extraction's newest. */
  recordPart(pipeline: string, part: Omit<Part, 'id'>): Promise<Part>;
  recordSnapshot(
    snapshot: Pick<Snapshot, 'id' | 'pipeline' | 'revision' | 'asOf'>,
    parts: Pick<Part, 'id'>[],
  ): Promise<Snapshot>;
  /** Parts that only quarantined snapshots name: their source may have been mended since. */
  suspects(pipeline: string): Promise<string[]>;
  /** The first judgement holds; returns it with its snapshot. */
  judgeSnapshot(id: string, judgement: Judgement): Promise<Snapshot>;
  /** Throws SNAPSHOT_MISSING. */
  snapshot(id: string): Promise<Snapshot>;
  /** Newest first, whatever became of them. */
  snapshots(pipeline: string, limit: number): Promise<Omit<Snapshot, 'parts'>[]>;
  /** The newest published snapshot that is not after `asOf`, whichever revision took it. */
  latestSnapshot(pipeline: string, asOf: Instant): Promise<Snapshot | null>;
  /** What was published for this revision and this very moment; the newest, where a lost part was replaced since. */
  publishedSnapshot(pipeline: PipelineRef, asOf: Instant): Promise<Snapshot | null>;
  /** The pipeline's current binning. */
  binning(pipeline: string): Promise<Binning | null>;
  /** Newest first. */
  binnings(pipeline: string): Promise<Binning[]>;
  /** The moment of the newest snapshot that was counted in a binning. */
  newestCounted(pipeline: string, binning: string): Promise<Instant | null>;
  recordBinning(pipeline: string, columns: Record<string, ColumnBins>): Promise<Binning>;
  findProfile(pipeline: string, subject: string, binning: string): Promise<Profile | null>;
  recordProfile(pipeline: string, subject: string, profile: Profile): Promise<void>;
}
