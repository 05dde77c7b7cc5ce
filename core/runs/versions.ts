import type { Instant } from '../time/time.ts';

/** A version of the workflows' code, named by the hash of its bundle, and the runs that go by it to their end. */
export interface WorkflowVersion {
  build: string;
  /** Runs that start go by the current one; those of a draining one go on; a drained one has none. */
  state: 'current' | 'draining' | 'drained' | 'inactive';
  /** Since when it stands so, as Temporal tells. */
  since: Instant | null;
  /** Runs under way. */
  open: number;
  /** Whether somebody asks for its work. */
  worked: boolean;
}

/** A run under way, gone through again with this release's code. */
export interface Replayed {
  workflowId: string;
  workflow: string;
  /** The version that it goes by; null for one that began before there were versions. */
  build: string | null;
  /** Why it could not go on with this code; null when it could. */
  problem: string | null;
}

/** Which version of the workflows' code new runs go by. A run stays with the version it began with. */
export interface WorkflowVersions {
  /**
   * Makes a version current that has never been seen, and leaves one alone that has: a worker of an older release may
   * start again at any time. Returns the current one.
   */
  join(build: string): Promise<string>;
  /** Makes a version current that was before: what a roll back of a release means. Nothing when it was never seen. */
  deploy(build: string): Promise<void>;
  list(): Promise<WorkflowVersion[]>;
  /** Writes down the SHA-256 of a version's code, where only who may speak with Temporal can change it. */
  keepHash(build: string, sha256: string): Promise<void>;
  /** Null for a version of a release that wrote none down. */
  hashOf(build: string): Promise<string | null>;
  /** Has the loops that live for ever look for a newer version, and start afresh on it. Returns how many were told. */
  wakeLoops(current: string): Promise<number>;
}
