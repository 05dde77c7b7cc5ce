import type { PipelineRef } from '../../declaration/pipeline.ts';
import type { Insight } from '../../explaining/insight.ts';
import type { Instant } from '../../time/time.ts';
import type { Refit } from '../refit.ts';
import type { Look } from '../gates/looks.ts';
import type { EndedTraining } from '../retraining/nothing-new.ts';
import type { CandidateResult, Evaluated, TrainingSet } from '../training.ts';

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

/** Training runs with the candidates they tried. */
export interface TrainingRuns {
  /** Opens the cycle's training run, or returns the one it has. */
  open(run: Omit<TrainingRun, 'trainingSet' | 'winner'>): Promise<TrainingRun>;
  /** Throws TRAINING_RUN_UNKNOWN. */
  get(id: string): Promise<TrainingRun>;
  recordSet(id: string, set: TrainingSet): Promise<TrainingSet>;
  /** Keeps the first evaluation of a run, and what its winner goes by; returns the one kept. */
  recordWinner(id: string, winner: Evaluated, insight?: Insight): Promise<Evaluated>;
  /** null: not evaluated yet, or by an earlier release. */
  insightOf(id: string): Promise<Insight | null>;
  /** Keeps what came first of training the winner again; returns that. */
  recordRefit(id: string, refit: Refit): Promise<Refit>;
  /** The other runs of the pipeline that were judged on rows from this time on, the last first. */
  looksSince(run: TrainingRun, from: Instant): Promise<Look[]>;
  /** The last training that judged a model of its own and whose outcome its data would repeat. */
  lastEnded(pipeline: string): Promise<EndedTraining | null>;
  findCandidate(id: string, candidate: string): Promise<CandidateResult | null>;
  recordCandidate(id: string, result: CandidateResult): Promise<CandidateResult>;
  candidates(id: string): Promise<CandidateResult[]>;
}
