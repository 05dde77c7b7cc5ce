import type { Way } from '../access/actor.ts';
import type { Instant } from '../time/time.ts';
import type { Rollout } from './rollouts.ts';

/** A rollout that continues when a person approves it. */
export interface Approval extends Pick<Rollout, 'pipeline' | 'version' | 'cycle' | 'reason'> {
  rollout: string;
  askedAt: Instant;
  /** Without a decision by then, the challenger stays where it is. */
  until: Instant;
  /** null while there is no decision. */
  decision: Decision | null;
}

export interface Decision {
  approve: boolean;
  by: string;
  reason: string;
}

/** Requests for approval, and people's decisions. */
export interface Approvals {
  /** Moves the version to staging and requests approval, once per rollout; returns the stored request. */
  ask(asked: Pick<Approval, 'rollout' | 'askedAt' | 'until'>): Promise<Approval>;
  /** Stores the first decision, with its audit row; returns the one that holds, null after the deadline. */
  decide(rollout: string, decision: Decision, from?: Way): Promise<Decision | null>;
  /** The decision, if there is one. */
  said(rollout: string): Promise<Decision | null>;
  /** Closes the request to decisions; returns an earlier one. */
  expire(rollout: string, at: Instant): Promise<Decision | null>;
  /** Open requests of running rollouts, the oldest first. */
  waiting(pipeline?: string): Promise<Approval[]>;
}

/** Wakes the run that waits for a decision. The run also polls, so this may fail. */
export interface ApprovalDesk {
  /** Throws NO_WORKER without an answer, NOTHING_TO_APPROVE when the run does not wait (any more). */
  decide(asked: Pick<Approval, 'pipeline' | 'rollout' | 'cycle'>, decision: Decision): Promise<void>;
}
