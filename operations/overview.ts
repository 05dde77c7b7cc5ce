import { isMetricName, type MetricName } from '../core/metrics/index.ts';
import { byPipeline, type CheckInShort, type Crowd } from '../core/runs/crowd.ts';
import type { Snapshot } from '../core/data/data.ts';
import type { Snapshots } from '../core/data/snapshots.ts';
import type { Verdict } from '../core/drift/verdict.ts';
import type { Live } from '../core/performance/value-words.ts';
import type { Verdicts } from '../core/drift/verdicts.ts';
import type { PipelineRef } from '../core/declaration/pipeline.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import {
  shownBy,
  type RedactedInsight,
  type RedactedPipeline,
  type RedactedVerdict,
} from '../core/declaration/redaction/redaction.ts';
import type { Cycle, RetrainRequest } from '../core/training/retraining/retraining.ts';
import type { RetrainingLedger } from '../core/training/retraining/retraining-ledger.ts';
import type { Clock } from '../core/time/clock.ts';
import { before, instant, type Instant } from '../core/time/time.ts';
import type { Traffic, TrafficTable } from '../core/rollout/traffic.ts';
import type { ModelVersions } from '../core/training/versions/model-versions.ts';
import type { TrainingRuns } from '../core/training/versions/training-runs.ts';
import type { CandidateResult, ModelVersion } from '../core/training/training.ts';
import { readable } from './declarations.ts';
import { reads } from './door.ts';
import { withOutcomeShown } from '../core/declaration/redaction/said-by-gates.ts';
import { allShown } from './said-by-gates.ts';
import { sparingly } from './sparingly.ts';

/** Two days of hourly checks: what a person looks back on. */
const CHECKS = 48;
const CYCLES = 20;
const SNAPSHOTS = 10;

export interface OverviewPorts {
  pipelines: Pick<Pipelines, 'list' | 'applied' | 'declaration' | 'declared'>;
  trainingRuns: Pick<TrainingRuns, 'candidates' | 'insightOf'>;
  modelVersions: Pick<ModelVersions, 'get' | 'list'>;
  traffic: Pick<TrafficTable, 'get'>;
  snapshots: Pick<Snapshots, 'list'>;
  crowd: Pick<Crowd, 'metrics' | 'champions' | 'checks' | 'cycles' | 'predictions' | 'versions'>;
  verdicts: Pick<Verdicts, 'list'>;
  ledger: Pick<RetrainingLedger, 'cycles' | 'openRequests'>;
  clock: Pick<Clock, 'now'>;
}

/** A pipeline's facts from Postgres, with enough history to draw. Nothing here needs Temporal. */
export interface PipelineOverview {
  pipeline: PipelineRef;
  /** null: this release cannot read it. */
  declaration: RedactedPipeline | null;
  now: Instant;
  traffic: Traffic | null;
  champion: ModelVersion | null;
  /** The newest first, as are all lists here. */
  versions: ModelVersion[];
  /** As today's declaration shows them: a column may have become sensitive since. */
  verdicts: RedactedVerdict[];
  cycles: Cycle[];
  requests: RetrainRequest[];
  snapshots: Omit<Snapshot, 'parts'>[];
  /** Logged for rows of the last 24 hours. */
  predictions: number;
}

/** A line about a pipeline, among many. */
export interface PipelineGlance {
  pipeline: PipelineRef;
  /** What its gate looks at; null: this release does not know it. */
  metric: MetricName | null;
  champion: ModelVersion | null;
  /** The newest first. */
  checks: CheckInShort[];
  cycle: Cycle | null;
  predictions: number;
}

export interface VersionDetails {
  version: ModelVersion;
  /** As of its training; null: this release cannot read it. */
  declaration: RedactedPipeline | null;
  traffic: Traffic | null;
  candidates: CandidateResult[];
  /** null: an earlier release evaluated it. */
  insight: RedactedInsight | null;
  /** Absent: no check has seen it serve. */
  live?: Live;
}

/** Reads for a page, as against `status`, which is for a line of text. */
export const createOverview = (ports: OverviewPorts) => {
  const { pipelines, trainingRuns, modelVersions, crowd, verdicts, ledger, clock } = ports;
  // An open page asks each second, and a day can have millions of predictions.
  const predictionsOf = sparingly((names) =>
    crowd.predictions(names, before(instant(clock.now()), '24 hours')).then(byPipeline),
  );
  return {
    now: reads(async (): Promise<Instant> => instant(clock.now())),
    list: reads((): Promise<PipelineRef[]> => pipelines.list()),

    /** A query a fact, however many pipelines. */
    glance: reads(async (refs: readonly PipelineRef[]): Promise<PipelineGlance[]> => {
      const names = refs.map(({ name }) => name);
      const [declared, metrics, champions, checks, cycles, predictions] = await Promise.all([
        pipelines.declared(names),
        crowd.metrics(refs).then(byPipeline),
        crowd.champions(names).then(byPipeline),
        crowd.checks(names, CHECKS).then(byPipeline),
        crowd.cycles(names, 1),
        predictionsOf(...names),
      ]);
      const ofToday = { pipelines: { declared: async () => declared }, crowd };
      const cyclesShown = byPipeline(
        await allShown(ofToday, cycles, ({ outcome }) => outcome?.version, withOutcomeShown),
      );
      const today = new Map(declared.map(({ ref, declaration }) => [ref.name, declaration]));
      return refs.map((pipeline) => {
        const metric = metrics(pipeline.name)[0]?.metric;
        const [champion] = champions(pipeline.name);
        return {
          pipeline,
          metric: isMetricName(metric) ? metric : null,
          champion: champion ? shownBy(today.get(pipeline.name) ?? null).version(champion) : null,
          checks: checks(pipeline.name),
          cycle: cyclesShown(pipeline.name)[0] ?? null,
          predictions: predictions(pipeline.name)[0]?.count ?? 0,
        };
      });
    }),

    of: reads(async (name: string): Promise<PipelineOverview> => {
      const pipeline = await pipelines.applied(name);
      const now = instant(clock.now());
      const [declaration, traffic, stored, checks, cycles, requests, snapshots, predictions] = await Promise.all([
        readable(pipelines, pipeline),
        ports.traffic.get(name),
        modelVersions.list(name),
        verdicts.list(name, CHECKS),
        ledger.cycles(name, CYCLES),
        ledger.openRequests(name),
        ports.snapshots.list(name, SNAPSHOTS),
        predictionsOf(name),
      ]);
      const shown = shownBy(declaration);
      const versions = stored.map(shown.version);
      const serving = traffic?.champion;
      const champion = versions.find(({ version }) => version === serving) ?? null;
      return {
        pipeline,
        declaration: shown.pipeline(),
        now,
        traffic,
        champion,
        versions,
        verdicts: checks.map(shown.verdict),
        cycles: cycles.map((cycle) =>
          withOutcomeShown(
            cycle,
            stored.find(({ version }) => version === cycle.outcome?.version),
            declaration,
          ),
        ),
        requests,
        snapshots: snapshots.map(shown.snapshot),
        predictions: predictions(name)[0]?.count ?? 0,
      };
    }),

    version: reads(async (name: string, number: number): Promise<VersionDetails> => {
      const pipeline = await pipelines.applied(name);
      const version = await modelVersions.get(name, number);
      const [declaration, today, traffic, candidates, insight, [check]] = await Promise.all([
        // The applied declaration may differ.
        readable(pipelines, { ...pipeline, revision: version.revision }),
        readable(pipelines, pipeline),
        ports.traffic.get(name),
        trainingRuns.candidates(version.trainingRun),
        trainingRuns.insightOf(version.trainingRun),
        verdicts.list(name, 1),
      ]);
      const shown = shownBy(declaration, today);
      const live = check && liveOf(check, number);
      return {
        version: shown.version(version),
        declaration: shown.pipeline(),
        traffic,
        candidates,
        insight: insight && shown.insight(insight),
        ...(live && { live }),
      };
    }),
  };
};

function liveOf({ asOf, performance, estimated, version }: Verdict, number: number): Live | null {
  const its = performance.find((each) => each.version === number);
  const likely = version === number ? estimated : undefined;
  return its || likely ? { asOf, ...(its && { performance: its }), ...(likely && { estimated: likely }) } : null;
}
