import type { Instant } from '../time/time.ts';

/** How many days rows are kept that age; longer when an applied pipeline still looks back at them. */
export interface Retention {
  predictions: number;
  counts: number;
}

/**
 * An object that no row names is deleted when nobody has written it for this long. A step writes an object before its row,
 * and may wait seven days in between for what is unreachable.
 */
export const GRACE = '14 days';
/** A training that registered no version keeps its objects this long: its cycle may be opened again. */
export const UNREGISTERED = '30 days';

export const agingRows = ['predictions', 'counts'] as const;
export type AgingRows = (typeof agingRows)[number];
/** The folders of the object store that loops write; nothing outside them is looked at. */
export const objectFolders = ['parts', 'training-sets', 'checkpoints', 'models', 'batches', 'reports'] as const;
export type ObjectFolder = (typeof objectFolders)[number];

/** What was removed of one kind, or would be: partitions of rows, rows of parts, or objects of a folder. */
export interface Removed {
  kind: AgingRows | 'unnamed parts' | ObjectFolder;
  count: number;
  /** Of objects; null for rows. */
  bytes: number | null;
  /** The names of the first. */
  first: string[];
}

/** A result carries this many names; the rest is a number. */
export const MOST_NAMED = 20;

export interface CareInput {
  /** Says what would go, and removes nothing. */
  dryRun: boolean;
}
export interface CareResult extends CareInput {
  asOf: Instant;
  removed: Removed[];
}

export interface Removal extends CareInput {
  /** Ends it between two of its short transactions. */
  signal: AbortSignal;
}

/** The rows that age, and the rows that name objects. */
export interface Records {
  /** Removes what is older than it is kept, and returns the tables it went from; in a dry run, those it would go from. */
  removeOld(kind: AgingRows, options: Removal & { now: Instant; keep: Retention }): Promise<string[]>;
  /**
   * Removes the rows of parts that no snapshot names, once they are as old as an object must be: of a run that failed before it
   * named them, or whose part was replaced by then. Returns their ids. Parts that a run under way may name stay.
   */
  removeUnnamedParts(options: Removal): Promise<string[]>;
  /** By the database's clock: when it was made, and since when an object must not have been written to be deleted. */
  ages(): Promise<{ madeAt: Date; graceBegan: Date }>;
  /** Those of these object keys that some row names. */
  named(keys: string[]): Promise<Set<string>>;
}
