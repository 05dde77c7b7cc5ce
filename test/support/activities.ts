import { type ApprovalActivities, createApprovalActivities } from '../../activities/rollout/approval.ts';
import { type CareActivities, createCareActivities } from '../../activities/care/care.ts';
import { createDataActivities, type DataActivities } from '../../activities/data/data.ts';
import { createLifecycleActivities, type LifecycleActivities } from '../../activities/lifecycle/lifecycle.ts';
import { createMonitoringActivities, type MonitoringActivities } from '../../activities/monitoring/monitoring.ts';
import { createPredictionActivities, type PredictionActivities } from '../../activities/prediction/prediction.ts';
import { createRetrainingActivities, type RetrainingActivities } from '../../activities/retraining/retraining.ts';
import { createTrainingActivities, type TrainingActivities } from '../../activities/training/training.ts';
import { clockSetting } from '../../adapters/machine/clock.ts';
import { createAnalytics } from '../../adapters/duckdb/analytics.ts';
import { createFolderStore } from '../../adapters/objects/folder-store.ts';
import { createLocalCache } from '../../adapters/objects/local-cache.ts';
import { createAlerts } from '../../adapters/postgres/alerts.ts';
import { createApprovals } from '../../adapters/postgres/approvals.ts';
import { createBatches } from '../../adapters/postgres/batches.ts';
import { createRecords } from '../../adapters/postgres/care.ts';
import { createBinnings } from '../../adapters/postgres/binnings.ts';
import { connect, migrate } from '../../adapters/postgres/database.ts';
import { createLabels } from '../../adapters/postgres/labels.ts';
import { createModelVersions } from '../../adapters/postgres/model-versions.ts';
import { createParts } from '../../adapters/postgres/parts.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createPredictionLog } from '../../adapters/postgres/prediction-log.ts';
import { createProfiles } from '../../adapters/postgres/profiles.ts';
import { createRetrainingLedger } from '../../adapters/postgres/retraining-ledger.ts';
import { createSharedClock } from '../../adapters/postgres/shared-clock.ts';
import { createSnapshots } from '../../adapters/postgres/snapshots.ts';
import { createTrafficTable } from '../../adapters/postgres/traffic.ts';
import { createTrainingRuns } from '../../adapters/postgres/training-runs.ts';
import { createVerdicts } from '../../adapters/postgres/verdicts.ts';
import { createExtractor } from '../../adapters/sources/extractor.ts';
import { createSecrets } from '../../adapters/machine/secrets.ts';
import { createThreads } from '../../adapters/machine/threads.ts';
import { parsePipeline, type Pipeline, type PipelineInput, type PipelineRef } from '../../core/declaration/pipeline.ts';
import { type Trainer } from '../../core/training/trainer.ts';
import { type RetrainRequest } from '../../core/training/retraining.ts';
import { type Instant } from '../../core/time/time.ts';
import declaration from '../../pipelines/fraud.ts';
import { createScriptedTrainer } from './scripted-trainer.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { asyncLocalStorage as running } from '@temporalio/activity';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

type Steps = DataActivities &
  ApprovalActivities &
  TrainingActivities &
  MonitoringActivities &
  PredictionActivities &
  LifecycleActivities &
  RetrainingActivities &
  CareActivities;

/** What the clock shows. */
export const AS_OF = '2026-03-17T02:00:00.000Z';

const standingStill = clockSetting(new Date(AS_OF), new Date(), 0);

// An attempt that fails is what many tests are about.
const logger = new DefaultLogger('ERROR');

/** The fraud example, made for few rows. */
export const aFraudPipeline = (changes: Partial<PipelineInput> = {}): Pipeline =>
  parsePipeline(
    {
      ...declaration,
      expectations: { minRows: 100, freshWithin: '6 hours' },
      candidates: [{ kind: 'logistic', name: 'logistic', epochs: 2 }],
      gates: { metric: 'averagePrecision', margin: 0.01, minPositives: 5 },
      drift: { ...declaration.drift, minRows: 200 },
      ...changes,
    },
    'the test',
  );

/** All activities over real adapters, in a database and folders of their own. Temporal's part is played by the test. */
export interface Rig {
  url: string;
  folder: string;
  ref: PipelineRef;
  pipeline: Pipeline;
  ports: Awaited<ReturnType<typeof makePorts>>['ports'];
  /** What the retraining loop was told. */
  heard: { asked: RetrainRequest[]; ended: string[]; newData: Instant[] };
  /** Plays all trainings. */
  script: ReturnType<typeof createScriptedTrainer>;
  /** Runs one attempt of an activity. */
  run<Name extends keyof Steps>(
    step: Name,
    ...input: Parameters<Steps[Name]>
  ): Promise<Awaited<ReturnType<Steps[Name]>>>;
  /** The same, with what the attempt before left in its heartbeats; hears those of this one. */
  attempt<Name extends keyof Steps>(
    step: Name,
    input: Parameters<Steps[Name]>[0],
    attempt: Attempt,
  ): Promise<Awaited<ReturnType<Steps[Name]>>>;
  apply(changes: Partial<PipelineInput>): Promise<PipelineRef>;
  close(): Promise<void>;
}

export interface Attempt {
  left?: unknown;
  heartbeat?(details: unknown): void;
  /** As the workflow gives it: with one, an attempt beats by a timer. */
  heartbeatTimeoutMs?: number;
  /** Given the means to cancel the attempt. */
  began?(cancel: () => void): void;
}

interface Outside {
  environment: Record<string, string>;
  trainer?: Trainer | undefined;
}

async function makePorts(url: string, folder: string, { environment, trainer }: Outside) {
  const database = connect(url, { connections: 6 });
  await migrate(database);
  const store = createFolderStore(pathToFileURL(join(folder, 'objects')).href);
  const analytics = await createAnalytics({
    signal: () => running.getStore()?.cancellationSignal,
    folder: join(folder, 'duckdb'),
  });
  const heard: Rig['heard'] = { asked: [], ended: [], newData: [] };
  const script = createScriptedTrainer();
  const ports = {
    pipelines: createPipelines(database),
    parts: createParts(database),
    snapshots: createSnapshots(database),
    binnings: createBinnings(database),
    profiles: createProfiles(database),
    trainingRuns: createTrainingRuns(database),
    modelVersions: createModelVersions(database),
    traffic: createTrafficTable(database),
    batches: createBatches(database),
    approvals: createApprovals(database),
    alerts: createAlerts(database),
    ledger: createRetrainingLedger(database),
    verdicts: createVerdicts(database),
    log: createPredictionLog(database),
    labels: createLabels(database, analytics.readFacts),
    loop: {
      ensure: async () => {},
      ask: async (request: RetrainRequest) => void heard.asked.push(request),
      newData: async (_pipeline: string, asOf: Instant) => void heard.newData.push(asOf),
      trainingEnded: async (_pipeline: string, cycle: string) => void heard.ended.push(cycle),
    },
    records: createRecords(database),
    keep: { predictions: 90, counts: 400 },
    extractor: createExtractor({ secrets: createSecrets(environment), dataRoots: [folder] }),
    trainer: trainer ?? script.trainer,
    cache: createLocalCache({ folder: join(folder, 'cache'), store }),
    sharedClock: createSharedClock(database, standingStill),
    threads: createThreads(),
    analytics,
    store,
  };
  return { ports, database, heard, script };
}

let attempts = 0;

export async function makeRig(url: string, folder: string, outside: Outside): Promise<Rig> {
  const { ports, database, heard, script } = await makePorts(url, folder, outside);
  const steps: Steps = {
    ...createDataActivities(ports),
    ...createTrainingActivities(ports),
    ...createApprovalActivities(ports),
    ...createMonitoringActivities(ports),
    ...createPredictionActivities(ports),
    ...createLifecycleActivities(ports),
    ...createRetrainingActivities(ports),
    ...createCareActivities(ports),
  };
  const pipeline = aFraudPipeline();
  const { ref } = await ports.pipelines.apply(pipeline, 'the test');

  const attempt: Rig['attempt'] = <Name extends keyof Steps>(
    step: Name,
    input: Parameters<Steps[Name]>[0],
    { left, heartbeat, heartbeatTimeoutMs, began }: Attempt,
  ) => {
    const info = {
      activityId: `step-${++attempts}`, // each is of a step of its own
      ...(heartbeatTimeoutMs && { heartbeatTimeoutMs }),
      ...(left !== undefined && { attempt: 2, heartbeatDetails: left }),
    };
    const environment = new MockActivityEnvironment(info, { logger });
    if (heartbeat) environment.on('heartbeat', heartbeat);
    type Result = Awaited<ReturnType<Steps[Name]>>;
    const activity = steps[step] as unknown as (input: unknown) => Promise<Result>;
    const running: Promise<Result> = environment.run(activity, input);
    began?.(() => environment.cancel('CANCELLED'));
    return running;
  };
  return {
    url,
    folder,
    ref,
    pipeline,
    ports,
    heard,
    script,
    attempt,
    run: (step, ...[input]) => attempt(step, input as never, {}),
    apply: async (changes) => (await ports.pipelines.apply(aFraudPipeline(changes), 'the test')).ref,
    async close() {
      ports.analytics.close();
      await database.end();
    },
  };
}
