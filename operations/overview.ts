import { type Snapshot } from '../core/data.ts';
import { type Verdict } from '../core/drift/verdict.ts';
import { type Pipeline, type PipelineRef } from '../core/pipeline.ts';
import { type Cycle, type RetrainRequest } from '../core/retraining.ts';
import { before, instant, type Instant } from '../core/time.ts';
import { type CandidateResult, type ModelVersion, type Traffic } from '../core/training.ts';
import { type OperationPorts } from './ports.ts';

/** Two days of hourly checks: what a person looks back on. */
const CHECKS = 48;
const CYCLES = 20;
const SNAPSHOTS = 10;

/** What Postgres knows of a pipeline, with enough of its past to draw. Nothing here asks Temporal. */
export interface PipelineOverview {
  pipeline: PipelineRef;
  declaration: Pipeline;
  now: Instant;
  traffic: Traffic | null;
  champion: ModelVersion | null;
  /** The newest first, as are all lists here. */
  versions: ModelVersion[];
  verdicts: Verdict[];
  cycles: Cycle[];
  requests: RetrainRequest[];
  snapshots: Omit<Snapshot, 'parts'>[];
  /** Logged for rows of the last 24 hours. */
  predictions: number;
}

export interface VersionDetails {
  version: ModelVersion;
  declaration: Pipeline;
  traffic: Traffic | null;
  candidates: CandidateResult[];
}

/** Reads for a page, as against `status`, which is for a line of text. */
export const createOverview = ({ pipelines, registry, catalogue, verdicts, ledger, log, clock }: OperationPorts) => ({
  now: (): Instant => instant(clock.now()),
  list: (): Promise<PipelineRef[]> => pipelines.list(),

  async of(name: string): Promise<PipelineOverview> {
    const pipeline = await pipelines.applied(name);
    const now = instant(clock.now());
    const [declaration, traffic, versions, checks, cycles, requests, snapshots, predictions] = await Promise.all([
      pipelines.declaration(pipeline),
      registry.traffic(name),
      registry.versions(name),
      verdicts.list(name, CHECKS),
      ledger.cycles(name, CYCLES),
      ledger.openRequests(name),
      catalogue.snapshots(name, SNAPSHOTS),
      log.count(name, before(now, '24 hours')),
    ]);
    const serving = traffic?.shares[0]?.version;
    const champion = versions.find(({ version }) => version === serving) ?? null;
    return {
      pipeline,
      declaration,
      now,
      traffic,
      champion,
      versions,
      verdicts: checks,
      cycles,
      requests,
      snapshots,
      predictions,
    };
  },

  async version(name: string, number: number): Promise<VersionDetails> {
    const pipeline = await pipelines.applied(name);
    const version = await registry.version(name, number);
    const [declaration, traffic, candidates] = await Promise.all([
      // As it was when the version was trained, which may not be what is applied now.
      pipelines.declaration({ ...pipeline, revision: version.revision }),
      registry.traffic(name),
      registry.candidates(version.trainingRun),
    ]);
    return { version, declaration, traffic, candidates };
  },
});
