import type { Part } from './data.ts';

/** What extractions left behind: the pieces that snapshots are made of. */
export interface Parts {
  /**
   * Protects all parts of the pipeline from removal until the run releases them, or has not renewed its hold within the
   * grace period. Parts found after this call stay.
   */
  hold(pipeline: string, run: string): Promise<void>;
  release(run: string): Promise<void>;
  /** The newest part of each of these extractions that has one. */
  find(extractions: string[]): Promise<Part[]>;
  /** Stores a part unless its extraction has one with its number; returns the extraction's newest. */
  record(pipeline: string, part: Omit<Part, 'id'>): Promise<Part>;
  /** Parts that only quarantined snapshots name: their source may be fixed by now. */
  suspects(pipeline: string): Promise<string[]>;
  /** Notes that the parts of an object are corrupt: it holds other bytes than were stored. */
  noteCorrupt(objectKey: string): Promise<void>;
  noteWhole(objectKey: string): Promise<void>;
  /** Parts that were found corrupt. */
  corrupt(pipeline: string): Promise<string[]>;
}
