import type { Way } from '../base/actor.ts';
import type { PipelineRef } from '../declaration/pipeline.ts';
import type { CurrentTraffic, Traffic } from '../rollout/traffic.ts';
import type { Instant } from '../time/time.ts';
import type { CandidateResult, Evaluated, ModelVersion, TrainingSet } from './training.ts';

export interface TrainingRun {
  id: string;
  pipeline: PipelineRef;
  cycle: string;
  asOf: Instant;
  snapshot: string;
  /** Who served when the run began, and at which generation of traffic. */
  champion: number | null;
  generation: number;
  trainingSet: TrainingSet | null;
  winner: Evaluated | null;
}

export interface Registry {
  /** Opens the cycle's training run, or returns the one it has. */
  openTrainingRun(run: Omit<TrainingRun, 'trainingSet' | 'winner'>): Promise<TrainingRun>;
  trainingRun(id: string): Promise<TrainingRun>;
  recordTrainingSet(id: string, set: TrainingSet): Promise<TrainingSet>;
  /** Keeps the first evaluation of a run; returns the one kept. */
  recordWinner(id: string, winner: Evaluated): Promise<Evaluated>;
  findCandidate(trainingRun: string, candidate: string): Promise<CandidateResult | null>;
  recordCandidate(trainingRun: string, result: CandidateResult): Promise<CandidateResult>;
  candidates(trainingRun: string): Promise<CandidateResult[]>;
  /** Registers the run's winner under the next version number; a run registers one version, however often asked. */
  register(
    version: Omit<ModelVersion, 'version' | 'stage' | 'createdAt' | 'cardKey'>,
    by: string,
  ): Promise<ModelVersion>;
  attachCard(pipeline: string, version: number, cardKey: string): Promise<void>;
  /** Throws MODEL_UNKNOWN. */
  version(pipeline: string, version: number): Promise<ModelVersion>;
  versions(pipeline: string): Promise<ModelVersion[]>;
  traffic(pipeline: string): Promise<Traffic | null>;
  /** Of these pipelines, or of all that have any. */
  traffics(pipelines?: readonly string[]): Promise<CurrentTraffic[]>;
  /**
   * The traffic as it was at a moment of the loops' clock. Before the first promotion it is the first one's: whoever goes
   * back that far can mean no other. null: nothing ever served.
   */
  trafficAt(pipeline: string, moment: Instant): Promise<Traffic | null>;
  /**
   * Gives all traffic to a version, in one transaction with stages and audit. Refuses with TRAFFIC_SUPERSEDED when the
   * generation is no longer `expectedGeneration`, unless this very promotion is what raised it.
   */
  promote(promotion: {
    pipeline: string;
    version: number;
    expectedGeneration: number;
    /** From when it serves, by the loops' clock. */
    at: Instant;
    by: string;
    from?: Way;
    reason: string;
  }): Promise<Traffic>;
}
