import type { MetricName } from '../metrics/index.ts';
import type { Snapshot } from '../data/data.ts';
import type { Verdict } from '../drift/verdict.ts';
import type { PipelineRef } from '../declaration/pipeline.ts';
import type { Cycle, RetrainRequest } from '../training/retraining.ts';
import type { Instant } from '../time/time.ts';
import type { ModelVersion } from '../training/training.ts';

/** What is asked of many pipelines at once: one query a fact, however many they are. A pipeline without it is left out. */
export interface Crowd {
  /** The metric that each one's gate looks at, also of declarations that this version cannot read. */
  metrics(pipelines: readonly PipelineRef[]): Promise<{ pipeline: string; metric: MetricName }[]>;
  /** Who serves, by the traffic row. */
  champions(pipelines: readonly string[]): Promise<ModelVersion[]>;
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
  /** How many alerts are open, of those that have one. */
  openAlerts(pipelines: readonly string[]): Promise<{ pipeline: string; critical: number; warnings: number }[]>;
  /** All that no cycle has settled yet, in the order in which they were asked. */
  openRequests(pipelines: readonly string[]): Promise<RetrainRequest[]>;
}

export type SnapshotInShort = Pick<Snapshot, 'id' | 'pipeline' | 'asOf' | 'rows' | 'status'>;
/** A verdict without its columns, which are most of it. */
export type CheckInShort = Omit<Verdict, 'columns'>;

/** Looks up what was asked of many, pipeline by pipeline. */
export function byPipeline<Fact extends { pipeline: string }>(facts: readonly Fact[]): (pipeline: string) => Fact[] {
  const found = new Map<string, Fact[]>();
  for (const fact of facts) {
    const others = found.get(fact.pipeline);
    if (others) others.push(fact);
    else found.set(fact.pipeline, [fact]);
  }
  return (pipeline) => found.get(pipeline) ?? [];
}
