import type { Part, Partition } from './data.ts';

/** A partition that was still open when it was extracted, and the rows that had come by then. */
export type OpenPart = Pick<Part, 'extraction' | 'from' | 'to' | 'rows'>;

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
  /**
   * The partitions of rows that end within this time, are shorter than declared (`step`), and were extracted no later than
   * `soon` after their end, so not in a backfill; both in milliseconds. null: whenever they were extracted.
   */
  open(pipeline: string, within: Partition, { step, soon }: { step: number; soon: number | null }): Promise<OpenPart[]>;
  /** Parts that only quarantined snapshots name: their source may be fixed by now. */
  suspects(pipeline: string): Promise<string[]>;
  /** Notes that the parts of an object are corrupt: it holds other bytes than were stored. */
  noteCorrupt(objectKey: string): Promise<void>;
  noteWhole(objectKey: string): Promise<void>;
  /** Parts that were found corrupt. */
  corrupt(pipeline: string): Promise<Part[]>;
}
