import { type Decision } from '../core/rollout/approvals.ts';
import { type OrderName } from '../core/rollout/steps/decide.ts';
import { type Instant } from '../core/time/time.ts';
import { type PipelineRef } from '../core/declaration/pipeline.ts';
import { type AskingAutomation } from '../core/training/retraining/asked.ts';
import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

/** People find runs by these in the Temporal Web UI; a namespace has ten, so there are few. */
export const attributes = {
  pipeline: defineSearchAttributeKey('Pipeline', 'KEYWORD'),
  loop: defineSearchAttributeKey('Loop', 'KEYWORD'),
  verdict: defineSearchAttributeKey('Verdict', 'KEYWORD'),
  version: defineSearchAttributeKey('Version', 'KEYWORD'),
  cycle: defineSearchAttributeKey('Cycle', 'KEYWORD'),
};

/** Set by a schedule on the runs that it starts: the time they are for, also in a backfill. */
export const scheduledFor = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/** The input of a run. Without its own time it takes its schedule's, or the clock's. */
export interface LoopInput {
  pipeline: PipelineRef;
  asOf: Instant | null;
  /** The version that scores a prediction's batch; absent: the one that served at `asOf`. */
  version?: number;
  /** The automation that started it; absent for a person or a schedule. */
  automation?: AskingAutomation;
}

export interface TrainingInput {
  pipeline: string;
  cycle: string;
  /** How often the cycle was reopened; absent in runs of earlier releases. */
  reopened?: number;
}

export interface RolloutInput {
  pipeline: string;
  rollout: string;
  /** How often its cycle was opened again; 0 where it has none. */
  reopened: number;
  /** It has all traffic, and said so: labels are to confirm it. */
  confirming?: true;
}

export interface ExperimentInput {
  pipeline: string;
  experiment: string;
}

/** A request to train has been stored. */
export const retrain = defineSignal<[{ request: string; asOf: Instant }]>('retrain');
/** A snapshot has been published: what waits for labels may be ready. */
export const newData = defineSignal<[{ asOf: Instant }]>('newData');
/** A cycle has ended. */
export const trainingEnded = defineSignal<[{ cycle: string }]>('trainingEnded');

/** There is a newer version of this code: a waiting loop should move to it. */
export const lookAgain = defineSignal('lookAgain');

/** The retraining loop's own state: how many signals it received, and the latest time in one. */
export interface Heard {
  signals: number;
  now: Instant | null;
  waiting: { until: Instant; why: string } | null;
}
export const whatWasHeard = defineQuery<Heard>('whatWasHeard');

/** A person's decision on a rollout that waits for it. */
export const decideRollout = defineUpdate<void, [Decision]>('decideRollout');

/** What a person tells a rollout that is in a step. */
export const orderRollout = defineUpdate<void, [{ order: OrderName; by: string; reason: string }]>('orderRollout');

/** A person ends an experiment; its champion gets all traffic. */
export const stopExperiment = defineUpdate<void, [{ by: string; reason: string }]>('stopExperiment');

/** What a training run tries, the best first, while it runs and after. */
export interface BoardLine {
  candidate: string;
  /** Of a search's trial. */
  options: string | null;
  state: 'waiting' | 'running' | 'stopped' | 'finished' | 'failed';
  /** The latest that it has a value of, counted from 1; null for declared candidates, which have none. */
  rung: number | null;
  /** The gate's metric on the selection split. */
  value: number | null;
  seconds: number | null;
  winner: boolean;
}
export const leaderboard = defineQuery<{ metric: string; search: string | null; lines: BoardLine[] }>('leaderboard');
