import { type Decision } from '../core/rollout/approvals.ts';
import { type Instant } from '../core/time/time.ts';
import { type PipelineRef } from '../core/declaration/pipeline.ts';
import { defineSearchAttributeKey } from '@temporalio/common';
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';

/** By these a run is found in the Temporal Web UI; a namespace has ten, so there are few. */
export const attributes = {
  pipeline: defineSearchAttributeKey('Pipeline', 'KEYWORD'),
  loop: defineSearchAttributeKey('Loop', 'KEYWORD'),
  verdict: defineSearchAttributeKey('Verdict', 'KEYWORD'),
  version: defineSearchAttributeKey('Version', 'KEYWORD'),
  cycle: defineSearchAttributeKey('Cycle', 'KEYWORD'),
};

/** What a schedule tells the runs that it starts: the moment they are for, also in a backfill. */
export const scheduledFor = defineSearchAttributeKey('TemporalScheduledStartTime', 'DATETIME');

/** What a run of a loop for a moment is given. Without a moment of its own it takes its schedule's, or the clock's. */
export interface LoopInput {
  pipeline: PipelineRef;
  asOf: Instant | null;
  /** Who scores the batch of a prediction; left out: the version that served at `asOf`. */
  version?: number;
}

export interface TrainingInput {
  pipeline: string;
  cycle: string;
  /** How often the cycle was opened again; absent in runs of earlier releases. */
  reopened?: number;
}

/** A request to train has been stored. */
export const retrain = defineSignal<[{ request: string; asOf: Instant }]>('retrain');
/** A snapshot has been published: what waits for labels may be ready. */
export const newData = defineSignal<[{ asOf: Instant }]>('newData');
/** A cycle has come to its end. */
export const trainingEnded = defineSignal<[{ cycle: string }]>('trainingEnded');

/** There is a newer version of this code: a loop that waits shall see it. */
export const lookAgain = defineSignal('lookAgain');

/** What the retraining loop knows besides what is stored: how much it heard, and the latest moment anyone spoke of. */
export interface Heard {
  signals: number;
  now: Instant | null;
  waiting: { until: Instant; why: string } | null;
}
export const whatWasHeard = defineQuery<Heard>('whatWasHeard');

/** A person's word on a challenger that waits for it. */
export const decideRollout = defineUpdate<void, [Decision]>('decideRollout');
