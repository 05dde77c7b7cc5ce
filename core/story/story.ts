import type { Verdict } from '../drift/verdict.ts';
import type { Look } from '../rollout/progress.ts';
import type { Rollout } from '../rollout/rollouts.ts';
import type { Decision } from '../rollout/approvals.ts';
import type { Step } from '../rollout/steps/declared-steps.ts';
import type { Trial } from '../search/trials.ts';
import type { Instant } from '../time/time.ts';
import type { ChangeReason, Cycle, RetrainRequest, WaitFor } from '../training/retraining/retraining.ts';
import type { TrainingRun } from '../training/versions/training-runs.ts';

/** What a cycle's story is told from, besides its training run and its rollout. */
export interface Happened {
  asked: Asked;
  /** The oldest first, as are all lists here. */
  waits: Wait[];
  /** The checks at which the level changed, or the performance fell, from the start of the change to the training. */
  changes: Verdict[];
  /** What people were to be told from the start of the drift to the outcome. */
  told: Message[];
  /** The failures after which it was opened again. */
  reopened: { reason: string }[];
  /** Checks after the outcome, of the version that then served, up to the next cycle by drift. */
  later: { checks: number; changes: Verdict[]; last: Verdict | null };
}

/** A message that an alert is new, or has become worse. */
export interface Message {
  /** Its number among all messages. */
  telling: number;
  /** When what it tells of was seen. */
  at: Instant;
  /** As it was written then: the alert may have other words by now. */
  summary: string;
  /** Why nobody has heard of it; null or absent: somebody has. */
  untold?: string | null;
}

/** The same of requests that no cycle has settled yet. */
export interface Waiting extends Pick<Happened, 'asked' | 'waits'> {
  changes: Record<ChangeReason, Verdict[]>;
}

/** The requests that a cycle settled, or that wait for one. */
export interface Asked {
  total: number;
  reasons: { reason: RetrainRequest['reason']; count: number; first: Instant; last: Instant; detail: string }[];
}

/** What requests waited for: by the loops' clock, like all times of a story. */
export interface Wait {
  what: WaitFor;
  why: string;
  from: Instant;
  until: Instant;
  /** null: it still waits. */
  endedAt: Instant | null;
}

export type CycleHead = Omit<Cycle, 'requests'>;

/** Reads what happened around a cycle. */
export interface Stories {
  /** Throws CYCLE_UNKNOWN. null: the newest of the pipeline; none has been opened yet. */
  cycle(pipeline: string, id?: string): Promise<CycleHead | null>;
  happened(cycle: CycleHead): Promise<Happened>;
  /** Requests that no cycle has settled yet, with what they wait for. */
  waiting(pipeline: string): Promise<Waiting>;
}

export interface StoryFacts extends Happened {
  cycle: CycleHead;
  run: TrainingRun | null;
  trials: Trial[];
  /** Without steps where this release cannot read its declaration. */
  rollout: (Rollout & { steps: Step[] | null; looks: Look[]; decision: Decision | null }) | null;
}

export const chapters = [
  'alarm',
  'told',
  'not told',
  'asked',
  'waited',
  'training',
  'gate',
  'rollout',
  'outcome',
  'after',
] as const;
export type Chapter = (typeof chapters)[number];

export interface Moment {
  /** null: at no time of its own. */
  at: Instant | null;
  chapter: Chapter;
  says: string;
}

/** over: the data is stable, or the performance good, again; lasts: it is not; unknown: no check has told yet; null: the cycle has another reason. */
export type AfterDrift = 'over' | 'lasts' | 'unknown' | null;

/** From the first alarm to what came of it. */
export interface Story {
  pipeline: string;
  /** null: none has been opened; requests may wait. */
  cycle: CycleHead | null;
  /** Who asked for the cycle: 'drift', or 'a person (ada)'; null: there is none. */
  askedBy: string | null;
  drift: AfterDrift;
  /** In the order of time; one without a time of its own follows what it belongs to. */
  moments: Moment[];
  /** What waits for the next training: always empty for a cycle that was asked for by its id. */
  waiting: Moment[];
}
