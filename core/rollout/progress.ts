import type { Way } from '../base/actor.ts';
import type { Instant } from '../time/time.ts';
import type { Judgement, Order, OrderName } from './decide.ts';
import type { Finding } from './evidence.ts';
import type { Rollout } from './rollouts.ts';
import type { Traffic } from './traffic.ts';

/** How far a running rollout is, with everything that a look needs besides the tallies. */
export interface Progress {
  rollout: Pick<Rollout, 'id' | 'pipeline' | 'version' | 'generation' | 'outcome'>;
  /** How many steps it has passed. */
  passed: number;
  /** The step that it is in, and since when by the loops' clock. null: it has begun none. */
  step: { at: number; since: Instant } | null;
  /** Of the step that it is in, the oldest first. */
  orders: Order[];
  traffic: Pick<Traffic, 'generation' | 'champion'> | null;
  /** The newest rollout of the pipeline that waits for this one to end. */
  newer: { id: string; version: number } | null;
}

/** An arm at a look. */
export interface SeenArm {
  version: number;
  share: number | 'shadow';
  rows: number;
  units: number;
  failed: number;
  refused: number;
}

/** A look at a step: what it saw, and what it decided. */
export interface Look extends Judgement {
  step: number;
  at: Instant;
  arms: SeenArm[];
  findings: readonly Finding[];
}

export interface RolloutProgress {
  /** Throws ROLLOUT_UNKNOWN. */
  of(rollout: string): Promise<Progress>;
  /** The rollouts of its pipeline that began before it and have not ended. */
  before(rollout: string): Promise<{ id: string; version: number }[]>;
  /**
   * Begins after a rollout that it waited for: with the traffic that that one left, unless somebody else changed it
   * since.
   */
  follow(rollout: string, earlier: string): Promise<void>;
  /** Notes that a step is passed. */
  pass(rollout: string, step: number): Promise<void>;
  /** Stores an order for the step under way, with its audit row; throws NOTHING_TO_ORDER when there is none. */
  give(rollout: string, order: Given): Promise<void>;
  record(rollout: string, look: Look): Promise<void>;
  /** The oldest first. */
  looks(rollout: string): Promise<Look[]>;
}

export interface Given {
  order: OrderName;
  by: string;
  from?: Way;
  reason: string;
  at: Instant;
}
