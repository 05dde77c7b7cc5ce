import type { Snapshot } from '../data/data.ts';
import type { Verdict } from '../drift/verdict.ts';
import type { PipelineRef } from '../declaration/pipeline.ts';
import type { Cycle, RetrainRequest } from '../training/retraining/retraining.ts';
import type { Instant } from '../time/time.ts';
import type { ScheduledLoop } from './schedules.ts';
import type { ModelVersion } from '../training/training.ts';

export interface PausedLoop {
  pipeline: string;
  loop: ScheduledLoop;
  at: Instant;
  by: string;
  reason: string;
}

/** Facts of many pipelines at once: one query each, however many pipelines. A pipeline without the fact is absent. */
export interface Crowd {
  /** The metric of each one's gate, even in declarations that this version cannot read: then perhaps one that it does not know. */
  metrics(pipelines: readonly PipelineRef[]): Promise<{ pipeline: string; metric: string | null }[]>;
  /** The serving version, by the traffic row. */
  champions(pipelines: readonly string[]): Promise<ModelVersion[]>;
  /** These versions, without the slices of their holdouts where their gates named none. */
  versions(wanted: readonly Pick<ModelVersion, 'pipeline' | 'version'>[]): Promise<ModelVersion[]>;
  /** The newest published one of each. */
  snapshots(pipelines: readonly string[]): Promise<SnapshotInShort[]>;
  /** How many predictions were made for rows from `since` on. */
  predictions(pipelines: readonly string[], since: Instant): Promise<{ pipeline: string; count: number }[]>;
  /** The newest of each. */
  verdicts(pipelines: readonly string[]): Promise<Verdict[]>;
  /** The newest of each, so many, newest first. */
  checks(pipelines: readonly string[], limit: number): Promise<CheckInShort[]>;
  /** The newest of each, so many, newest first. */
  cycles(pipelines: readonly string[], limit: number): Promise<Cycle[]>;
  /** How many alerts are open, for pipelines that have one. */
  openAlerts(pipelines: readonly string[]): Promise<{ pipeline: string; critical: number; warnings: number }[]>;
  /** All that no cycle has settled yet, in the order of their requests. */
  openRequests(pipelines: readonly string[]): Promise<RetrainRequest[]>;
  /** The schedules that somebody paused through Perennial and nobody resumed, by the audit. */
  paused(pipelines: readonly string[]): Promise<PausedLoop[]>;
  /** What open requests of each wait for, as the retraining loop found it at its last look. */
  waits(pipelines: readonly string[]): Promise<{ pipeline: string; until: Instant; why: string }[]>;
}

export type SnapshotInShort = Pick<Snapshot, 'id' | 'pipeline' | 'asOf' | 'rows' | 'status'>;
/** A verdict without its columns, its largest part, and without what could show sensitive values. */
export type CheckInShort = Omit<Verdict, 'columns' | 'score' | 'concept'>;

/** Looks up a fact of many pipelines, one pipeline at a time. */
export function byPipeline<Fact extends { pipeline: string }>(facts: readonly Fact[]): (pipeline: string) => Fact[] {
  const found = new Map<string, Fact[]>();
  for (const fact of facts) {
    const others = found.get(fact.pipeline);
    if (others) others.push(fact);
    else found.set(fact.pipeline, [fact]);
  }
  return (pipeline) => found.get(pipeline) ?? [];
}
