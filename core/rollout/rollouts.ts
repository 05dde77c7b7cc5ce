import type { Actor } from '../access/actor.ts';
import type { PipelineRef } from '../declaration/pipeline.ts';
import type { Instant } from '../time/time.ts';
import type { Confirmation } from './evidence/confirmation.ts';

/** How a version gets traffic, from the request to the outcome. */
export interface Rollout {
  id: string;
  pipeline: string;
  /** The revision of the declaration that it follows. */
  revision: string;
  version: number;
  /** The cycle whose challenger it is, which ends with it; null: started by hand. */
  cycle: string | null;
  /** The generation of the traffic that it may change. Once another change has raised it, the rollout is superseded. */
  generation: number;
  reason: string;
  askedBy: string;
  askedAt: Instant;
  /** Whether it has its own run. The trainings of earlier releases roll out by themselves. */
  ownRun: boolean;
  /** null while it is running. */
  outcome: RolloutOutcome | null;
  /** What labels said after all traffic. null: nothing yet, or nobody asked them. */
  confirmation: Confirmation | null;
}

export interface RolloutOutcome {
  result: 'promoted' | 'refused' | 'rolled back' | 'superseded' | 'cancelled' | 'failed';
  /** For a failure: something was unreachable or late, and the next try needs no change by a person. */
  mayPass?: true;
  reason: string;
  endedAt: Instant;
}

export interface Rollouts {
  /**
   * Stores the rollout of a cycle's challenger once, under the cycle's id; returns what is stored. If the cycle has
   * ended, so has the rollout.
   */
  ask(rollout: Omit<Rollout, 'id' | 'outcome' | 'confirmation'> & { cycle: string }): Promise<Rollout>;
  /**
   * Stores one started by hand, with its audit row. A repeated call while it is running returns the same one; throws
   * REQUEST_INVALID to a person while another rollout of the pipeline is running, behind which automation queues.
   */
  askByHand(wish: Wish, actor: Actor): Promise<Rollout>;
  /** Throws ROLLOUT_UNKNOWN. */
  get(id: string): Promise<Rollout>;
  /** Those of a pipeline that have not ended. */
  running(pipeline: string): Promise<Rollout[]>;
  /** The rollout of a cycle's challenger, once it is stored. */
  ofCycle(cycle: string): Promise<Rollout | null>;
  /** Ends one started by hand, once. That of a cycle ends when its cycle closes. */
  end(id: string, outcome: RolloutOutcome): Promise<void>;
  /** Stores what came of its confirmation, once, where that changes no traffic. */
  endConfirmation(id: string, confirmation: Confirmation): Promise<void>;
  /** Newest first, of one pipeline or of all. */
  list(which: { pipeline?: string | undefined; limit: number }): Promise<Rollout[]>;
}

export interface Wish extends Pick<Rollout, 'version' | 'generation' | 'reason' | 'askedAt'> {
  pipeline: PipelineRef;
}
