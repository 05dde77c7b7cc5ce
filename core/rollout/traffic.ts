import type { Way } from '../access/actor.ts';
import type { Instant } from '../time/time.ts';
import type { Confirmation } from './evidence/confirmation.ts';

/** The single source of truth about which version serves. Every change raises the generation. */
export interface Traffic {
  pipeline: string;
  generation: number;
  /** One of the arms: the version that gates, drift, batches and pages mean, whatever its share. */
  champion: number;
  /** The versions that answer requests. The shares add up to 1. */
  arms: { version: number; share: number }[];
  /** A version that scores the requests too, for comparison; no caller sees its answers. */
  shadow: number | null;
  /** The champion before this one, loaded as fallback and the target of a rollback. */
  previous: number | null;
}

/** The current traffic, as a server follows it. */
export interface CurrentTraffic extends Traffic {
  /** By the database's clock. */
  changedAt: Instant;
}

export interface TrafficChange {
  pipeline: string;
  expectedGeneration: number;
  /** From when it serves, by the loops' clock. */
  at: Instant;
  by: string;
  from?: Way;
  reason: string;
  /** The rollout that changes it, which may then change what it made; and the step that begins, or what ends, with it. */
  rollout?: { id: string; step: number | null; confirmation?: Confirmation };
  /** The experiment that changes it, likewise. */
  experiment?: string;
}

export interface Promotion extends TrafficChange {
  version: number;
  /** Whether the former champion scores as a shadow from now on. */
  keepsFormer?: boolean;
}

export interface Division extends TrafficChange, Pick<Traffic, 'arms' | 'shadow'> {}

export interface TrafficTable {
  /** null: nothing serves yet. */
  get(pipeline: string): Promise<Traffic | null>;
  /** Of these pipelines, or of all that have any. */
  list(pipelines?: readonly string[]): Promise<CurrentTraffic[]>;
  /**
   * The traffic at a time of the loops' clock. A time before the first promotion gets the first one's traffic, since it
   * can mean no other. null: no version ever served.
   */
  at(pipeline: string, moment: Instant): Promise<Traffic | null>;
  /**
   * Gives all traffic to a version, in one transaction with stages and audit. Refuses with TRAFFIC_SUPERSEDED when the
   * generation is no longer `expectedGeneration`, unless this very promotion is what raised it.
   */
  promote(promotion: Promotion): Promise<Traffic>;
  /** Divides the traffic among versions, under the same champion and the same conditions as a promotion. */
  divide(division: Division): Promise<Traffic>;
}

/** Whether a version is the champion and shares the traffic with no other. */
export const servesAlone = ({ champion, arms, shadow }: Divided, version: number): boolean =>
  champion === version && arms.length === 1 && shadow === null;

/**
 * The version that a rollback gives all traffic to: the champion, while a challenger has a share or scores as a shadow;
 * otherwise the champion before it, also while that one scores as a shadow. null: there is none.
 */
export const goesBackTo = ({ champion, arms, shadow, previous }: Traffic): number | null =>
  arms.length > 1 || (shadow !== null && shadow !== previous) ? champion : previous;

/** Whether two say the same about who serves. */
export const sameDivision = (one: Divided, other: Divided): boolean =>
  one.champion === other.champion &&
  one.shadow === other.shadow &&
  one.arms.length === other.arms.length &&
  one.arms.every(({ version, share }) => other.arms.some((arm) => arm.version === version && arm.share === share));

type Divided = Pick<Traffic, 'champion' | 'arms' | 'shadow'>;
