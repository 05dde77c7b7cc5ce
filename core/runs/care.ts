import type { ObjectFolder } from '../data/objects/object-keys.ts';
import type { Instant } from '../time/time.ts';

/** How many days aging rows are kept; longer while an applied pipeline still reads them. */
export interface Retention {
  predictions: number;
  counts: number;
}

/**
 * An object that no row names is deleted when it was not written for this long. A step writes an object before its row,
 * and can wait seven days in between for something unreachable.
 */
export const GRACE = '14 days';
/** A training that registered no version keeps its objects this long: its cycle can be reopened. */
export const UNREGISTERED = '30 days';

export const agingRows = ['predictions', 'counts'] as const;
export type AgingRows = (typeof agingRows)[number];

/** What was removed of one kind, or would be: partitions of rows, rows, or objects of a folder. */
export interface Removed {
  kind: AgingRows | 'profiles' | 'outcomes' | 'tallies' | 'shadow scores' | 'unnamed parts' | ObjectFolder;
  count: number;
  /** Of objects; null for rows. */
  bytes: number | null;
  /** The names of the first, if they have any. */
  first: string[];
}

/** A result carries this many names; the rest are only counted. */
export const MOST_NAMED = 20;

export interface CareInput {
  /** Reports what would be removed, and removes nothing. */
  dryRun: boolean;
}
export interface CareResult extends CareInput {
  asOf: Instant;
  removed: Removed[];
}

export interface Removal extends CareInput {
  /** Stops it between two of its short transactions. */
  signal: AbortSignal;
}

/** The rows that age, and the rows that name objects. */
export interface Records {
  /** Removes rows past their retention, and returns the tables concerned; in a dry run, those that would be. */
  removeOld(kind: AgingRows, options: Removal & { now: Instant; keep: Retention }): Promise<string[]>;
  /**
   * Removes counts of snapshots, of their windows and of the hours and days of versions' holdouts that are as old as
   * hourly counts may become: all of them can be counted again. Returns how many.
   */
  removeOldProfiles(options: Removal & { now: Instant; keep: Retention }): Promise<number>;
  /** Removes posted numbers that were observed before all predictions that are kept. Returns how many. */
  removeOldOutcomes(options: Removal & { now: Instant; keep: Retention }): Promise<number>;
  /**
   * Removes what servers counted of arms and have not counted since GRACE, unless a rollout or an experiment still reads it. Returns the
   * pipelines with the generations of their traffic: 'fraud/7'.
   */
  removeOldTallies(options: Removal): Promise<string[]>;
  /** Removes the scores of shadows whose tallies are removed, or would be. Returns how many. */
  removeOldShadowScores(options: Removal): Promise<number>;
  /**
   * Removes the rows of parts that no snapshot names, once they are as old as an object must be: parts of a run that
   * failed before it named them, or that were replaced by then. Returns their ids. Parts that a current run can still
   * name stay.
   */
  removeUnnamedParts(options: Removal): Promise<string[]>;
  /**
   * By the database's clock: when the database was made, and the time before which a deletable object was last written.
   */
  ages(): Promise<{ madeAt: Date; graceBegan: Date }>;
  /** Those of these object keys that some row names. */
  named(keys: string[]): Promise<Set<string>>;
}
