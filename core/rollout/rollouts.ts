import type { Actor } from '../base/actor.ts';
import type { PipelineRef } from '../declaration/pipeline.ts';
import type { Instant } from '../time/time.ts';

/** How a version gets traffic, from the asking to what came of it. */
export interface Rollout {
  id: string;
  pipeline: string;
  /** Of the declaration that it follows. */
  revision: string;
  version: number;
  /** The cycle whose challenger it is, which ends with it; null: somebody asked for it by hand. */
  cycle: string | null;
  /** Of the traffic that it may change. Once somebody else has changed it, the rollout is superseded. */
  generation: number;
  reason: string;
  askedBy: string;
  askedAt: Instant;
  /** Whether it has a run of its own. The trainings of earlier releases roll out by themselves. */
  ownRun: boolean;
  /** null while it goes on. */
  outcome: RolloutOutcome | null;
}

export interface RolloutOutcome {
  result: 'promoted' | 'refused' | 'superseded' | 'failed';
  /** Of a failure: something was unreachable or too late, and nobody has to change anything before another try. */
  mayPass?: true;
  reason: string;
  endedAt: Instant;
}

export interface Rollouts {
  /** Stores the rollout of a cycle's challenger once, under the cycle's id; returns what is stored. */
  ask(rollout: Omit<Rollout, 'id' | 'outcome'> & { cycle: string }): Promise<Rollout>;
  /**
   * Stores one that somebody asks for, with its audit row. Asked again while it goes on it is the same; throws
   * REQUEST_INVALID while another rollout of the pipeline does.
   */
  askByHand(wish: Wish, actor: Actor): Promise<Rollout>;
  /** Throws ROLLOUT_UNKNOWN. */
  get(id: string): Promise<Rollout>;
  /** The rollout of a cycle's challenger, once it is asked for. */
  ofCycle(cycle: string): Promise<Rollout | null>;
  /** Ends one that was asked for by hand, once. That of a cycle ends when its cycle is closed. */
  end(id: string, outcome: RolloutOutcome): Promise<void>;
  /** Newest first, of one pipeline or of all. */
  list(which: { pipeline?: string | undefined; limit: number }): Promise<Rollout[]>;
}

export interface Wish extends Pick<Rollout, 'version' | 'generation' | 'reason' | 'askedAt'> {
  pipeline: PipelineRef;
}
