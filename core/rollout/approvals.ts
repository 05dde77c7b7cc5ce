import type { Way } from '../base/actor.ts';
import type { Instant } from '../time/time.ts';
import type { Rollout } from './rollouts.ts';

/** A rollout that goes on when a person says so. */
export interface Approval extends Pick<Rollout, 'pipeline' | 'version' | 'cycle' | 'reason'> {
  rollout: string;
  askedAt: Instant;
  /** When nobody has said a word by then, the challenger is left where it is. */
  until: Instant;
  /** null while nobody has said a word. */
  decision: Decision | null;
}

export interface Decision {
  approve: boolean;
  by: string;
  reason: string;
}

/** Who waits for a person's word, and what was said. */
export interface Approvals {
  /** Moves the version to staging and asks, once per rollout; returns what stands. */
  ask(asked: Pick<Approval, 'rollout' | 'askedAt' | 'until'>): Promise<Approval>;
  /** Writes the first decision down, with its audit row; returns the one that holds, null when the time was over. */
  decide(rollout: string, decision: Decision, from?: Way): Promise<Decision | null>;
  /** The decision that was said, if one was. */
  said(rollout: string): Promise<Decision | null>;
  /** Takes no decision any more; returns the one that was said before. */
  expire(rollout: string, at: Instant): Promise<Decision | null>;
  /** Those that wait while their rollout goes on, the oldest first. */
  waiting(pipeline?: string): Promise<Approval[]>;
}

/** Wakes the run that waits for a person's word. It also looks by itself now and then, so this may fail. */
export interface ApprovalDesk {
  /** Throws NO_WORKER when nobody answers, NOTHING_TO_APPROVE when the run does not wait (any more). */
  decide(asked: Pick<Approval, 'pipeline' | 'rollout' | 'cycle'>, decision: Decision): Promise<void>;
}
