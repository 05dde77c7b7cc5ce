import type { Way } from '../access/actor.ts';
import { versionName } from '../base/ids.ts';
import type { Instant } from '../time/time.ts';
import type { Judgement, Order, OrderName } from './steps/decide.ts';
import type { Finding } from './evidence/evidence.ts';
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
  traffic: Pick<Traffic, 'generation' | 'champion' | 'arms' | 'shadow'> | null;
  /** The newest rollout of the pipeline that waits for this one to end. */
  newer: { id: string; version: number } | null;
}

/** Whether somebody else changed the traffic: the newer decision stands, and nothing of the rollout is left in it. */
export const changedMeanwhile = ({ rollout, traffic }: Progress): boolean =>
  (traffic?.generation ?? 0) !== rollout.generation;
export const changeOf = ({ rollout, traffic }: Progress): string =>
  `The traffic of ${rollout.pipeline} is at generation ${traffic?.generation ?? 0}, not ${rollout.generation}: someone changed ` +
  `it meanwhile. See: perennial status ${rollout.pipeline}`;
export const replacementOf = ({ id, version }: NonNullable<Progress['newer']>): string =>
  `${versionName(version)} is ready, and replaces it (${id})`;

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

/** Whether a look is worth a row: something changed, or the requests grew by a tenth. */
export const isNews = (look: Look, last: Look | undefined): boolean =>
  last?.step !== look.step ||
  last.decision !== look.decision ||
  last.arms.some(({ rows }, i) => look.arms[i]!.rows > rows * 1.1 + 10);

/** The looks that decided something new; the newest first, given and returned. */
export const decisive = (looks: readonly Look[]): Look[] =>
  looks.filter(({ step, decision }, i) => {
    const before = looks[i + 1];
    return before?.step !== step || before.decision !== decision;
  });

export interface RolloutProgress {
  /** Throws ROLLOUT_UNKNOWN. */
  of(rollout: string): Promise<Progress>;
  /**
   * The rollouts and the experiment of its pipeline that have not ended, and come before it: the one in the traffic,
   * then the oldest.
   */
  before(rollout: string): Promise<{ id: string }[]>;
  /**
   * Continues with the traffic that one of these rollouts left, or experiments and ends of confirmations did, unless
   * somebody else has changed it since.
   */
  follow(rollout: string, earlier: readonly string[]): Promise<void>;
  /** Notes that a step is passed; returns false and does not if it has more orders than were read. */
  pass(rollout: string, step: number, orders: number): Promise<boolean>;
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
