import type { Instant } from '../time/time.ts';

/** A version of the workflows' code, named by the hash of its bundle, and the runs that stay on it to their end. */
export interface WorkflowVersion {
  build: string;
  /** New runs use the current version; a draining one still has runs; a drained one has none. */
  state: 'current' | 'draining' | 'drained' | 'inactive';
  /** Since when it has this state, by Temporal. */
  since: Instant | null;
  /** Runs in progress. */
  open: number;
  /** Whether a worker polls for its work. */
  worked: boolean;
}

/** A run in progress, replayed with this release's code. */
export interface Replayed {
  workflowId: string;
  workflow: string;
  /** Its version; null if it began before there were versions. */
  build: string | null;
  /** Why it could not continue on this code; null when it could. */
  problem: string | null;
}

/** Controls which version of the workflows' code new runs use. A run stays with the version it began with. */
export interface WorkflowVersions {
  /**
   * Makes a version current if Temporal has never seen it: a worker of an older release can restart at any time and
   * must change nothing. Returns the current one.
   */
  join(build: string): Promise<string>;
  /** Makes an earlier version current again, for a roll back of a release. Does nothing if it was never seen. */
  deploy(build: string): Promise<void>;
  list(): Promise<WorkflowVersion[]>;
  /** Records the SHA-256 of a version's code, where a change requires access to Temporal. */
  keepHash(build: string, sha256: string): Promise<void>;
  /** Null for a version of a release that recorded none. */
  hashOf(build: string): Promise<string | null>;
  /** Tells the loops that never end to start afresh on a newer version. Returns how many were told. */
  wakeLoops(current: string): Promise<number>;
}
