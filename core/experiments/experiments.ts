import type { Actor } from '../access/actor.ts';
import type { PipelineRef } from '../declaration/pipeline.ts';
import type { Traffic } from '../rollout/traffic.ts';
import type { Instant } from '../time/time.ts';
import type { ArmSeen, Look } from './look.ts';
import type { Plan } from './plan.ts';

/** Versions that share the traffic of a pipeline until a declared metric says which is best. */
export interface Experiment {
  id: string;
  pipeline: string;
  /** The revision of the declaration that was applied when it was asked for. */
  revision: string;
  plan: Plan;
  reason: string;
  askedBy: string;
  askedAt: Instant;
  /** The generation of the traffic that it made last. */
  generation: number;
  /** When its versions first shared the traffic, by the loops' clock. null: not yet. */
  begunAt: Instant | null;
  /** When they last got other shares. */
  dividedAt: Instant | null;
  /** Versions that it took out of the traffic, the oldest first. */
  out: TakenOut[];
  /** Who told it to stop. */
  stop: { by: string; reason: string } | null;
  /** null while it is running. */
  outcome: ExperimentOutcome | null;
}

export interface TakenOut {
  version: number;
  at: Instant;
  reason: string;
}

/**
 * better: a version is proven better than the champion. kept: none is, and nothing is left to find out. undecided: the
 * time is over. mismatch: the versions did not get their shares, so their numbers compare nothing.
 */
export const experimentResults = [
  'better',
  'kept',
  'undecided',
  'mismatch',
  'stopped',
  'superseded',
  'failed',
] as const;
export type ExperimentResult = (typeof experimentResults)[number];

/** The decision, with the numbers behind it. */
export interface ExperimentOutcome {
  result: ExperimentResult;
  /** The version that is better. */
  winner: number | null;
  reason: string;
  endedAt: Instant;
  /** How likely any interval misses the truth. */
  alpha: number;
  /** The last numbers of each version; none if it ended before it saw any. */
  arms: ArmSeen[];
  /** The rollout of the winner, if the plan asks for one. */
  rollout?: string;
}

/** What a look at it needs, besides the numbers. */
export interface Standing {
  experiment: Experiment;
  traffic: Pick<Traffic, 'generation' | 'champion' | 'arms' | 'shadow'> | null;
  /** What changes the traffic of the pipeline before it may: rollouts that have not ended. */
  waits: string[];
}

export interface Wish extends Pick<Experiment, 'plan' | 'reason' | 'askedAt'> {
  pipeline: PipelineRef;
}

export interface Experiments {
  /** Stores one, with its audit row; throws REQUEST_INVALID while another of the pipeline is running. */
  ask(wish: Wish, actor: Actor): Promise<Experiment>;
  /** Throws EXPERIMENT_UNKNOWN. */
  get(id: string): Promise<Experiment>;
  standing(id: string): Promise<Standing>;
  /** Newest first, of one pipeline or of all. */
  list(which: { pipeline?: string | undefined; limit: number }): Promise<Experiment[]>;
  /** Notes that a version leaves the traffic, once. */
  takeOut(id: string, out: TakenOut): Promise<void>;
  /** Stores who stops it and why, with the audit row; throws NOTHING_TO_ORDER once it has ended. */
  stop(id: string, said: { reason: string }, actor: Actor): Promise<void>;
  /** Keeps the looks that decided something, and of the others some hundred, spread over the time. */
  record(id: string, look: Look): Promise<void>;
  /** The oldest first. */
  looks(id: string): Promise<Look[]>;
  /** Ends it, once. */
  end(id: string, outcome: ExperimentOutcome): Promise<void>;
}

/** Starts the run of a stored experiment unless it is running; a terminated one resumes from what is stored. */
export interface ExperimentRuns {
  /** Throws TEMPORAL_UNREACHABLE. */
  start(experiment: Pick<Experiment, 'id' | 'pipeline' | 'plan'>): Promise<void>;
}
