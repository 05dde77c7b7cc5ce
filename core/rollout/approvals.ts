import type { Way } from '../base/actor.ts';
import type { Instant } from '../time/time.ts';

/** A challenger that passed its gate and serves when a person says so. */
export interface Approval {
  pipeline: string;
  version: number;
  cycle: string;
  trainingRun: string;
  /** What the gate said of it. */
  reason: string;
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
  /** Moves the version to staging and asks, once per training run; returns what stands. */
  ask(approval: Omit<Approval, 'decision'>): Promise<Approval>;
  /** Writes the first decision down, with its audit row; returns the one that holds, null when the time was over. */
  decide(trainingRun: string, decision: Decision, from?: Way): Promise<Decision | null>;
  /** The decision that was said, if one was. */
  said(trainingRun: string): Promise<Decision | null>;
  /** Takes no decision any more; returns the one that was said before. */
  expire(trainingRun: string, at: Instant): Promise<Decision | null>;
  /** Those that wait while their cycle is open, the oldest first. */
  waiting(pipeline?: string): Promise<Approval[]>;
}

/** Wakes the training that waits for a person's word. It also looks by itself now and then, so this may fail. */
export interface ApprovalDesk {
  /** Throws NO_WORKER when nobody answers, NOTHING_TO_APPROVE when the training does not wait (any more). */
  decide(asked: Pick<Approval, 'pipeline' | 'cycle'>, decision: Decision): Promise<void>;
}
