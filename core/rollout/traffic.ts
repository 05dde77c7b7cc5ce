import type { Instant } from '../time/time.ts';

/** The only truth about who serves. Every change raises the generation. */
export interface Traffic {
  pipeline: string;
  generation: number;
  /** One of the arms: the version that gates, drift, batches and pages mean, whatever its share. */
  champion: number;
  /** The versions that answer requests. The shares add up to 1. */
  arms: { version: number; share: number }[];
  /** The champion before this one, loaded as fallback and the target of a rollback. */
  previous: number | null;
}

/** The traffic of now, as a server follows it. */
export interface CurrentTraffic extends Traffic {
  /** By the database's clock. */
  changedAt: Instant;
}

/** Whether a version is the champion and shares the traffic with no other. */
export const servesAlone = ({ champion, arms }: Traffic, version: number): boolean =>
  champion === version && arms.length === 1;
