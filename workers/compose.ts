import { createApprovalActivities } from '../activities/rollout/approval.ts';
import { createCareActivities } from '../activities/care/care.ts';
import { createDataActivities } from '../activities/data/data.ts';
import { createLifecycleActivities } from '../activities/lifecycle/lifecycle.ts';
import { createMonitoringActivities } from '../activities/monitoring/monitoring.ts';
import { createPredictionActivities } from '../activities/prediction/prediction.ts';
import { createRetrainingActivities } from '../activities/retraining/retraining.ts';
import { createTrainingActivities } from '../activities/training/training.ts';
import { createAnalytics } from '../adapters/duckdb/analytics.ts';
import { duckMemory, memoryHere } from '../adapters/duckdb/memory.ts';
import { createObjectStore } from '../adapters/objects/object-store.ts';
import { createLocalCache } from '../adapters/objects/local-cache.ts';
import { createAlerts } from '../adapters/postgres/alerts.ts';
import { createApprovals } from '../adapters/postgres/approvals.ts';
import { createBatches } from '../adapters/postgres/batches.ts';
import { createRecords } from '../adapters/postgres/care.ts';
import { createBinnings } from '../adapters/postgres/binnings.ts';
import { connect, migrate } from '../adapters/postgres/database.ts';
import { createLabels } from '../adapters/postgres/labels.ts';
import { createModelVersions } from '../adapters/postgres/model-versions.ts';
import { createParts } from '../adapters/postgres/parts.ts';
import { createPipelines } from '../adapters/postgres/pipelines.ts';
import { createPredictionLog } from '../adapters/postgres/prediction-log.ts';
import { createProfiles } from '../adapters/postgres/profiles.ts';
import { createRetrainingLedger } from '../adapters/postgres/retraining-ledger.ts';
import { createSharedClock } from '../adapters/postgres/shared-clock.ts';
import { createSnapshots } from '../adapters/postgres/snapshots.ts';
import { createTrafficTable } from '../adapters/postgres/traffic.ts';
import { createTrainingRuns } from '../adapters/postgres/training-runs.ts';
import { createVerdicts } from '../adapters/postgres/verdicts.ts';
import { patiently, type Patience } from '../adapters/machine/patience.ts';
import { createExtractor } from '../adapters/sources/extractor.ts';
import { createSecrets } from '../adapters/machine/secrets.ts';
import { createThreads } from '../adapters/machine/threads.ts';
import { createTemporalClient } from '../adapters/temporal/connection.ts';
import { createRetrainingLoop } from '../adapters/temporal/retraining-loop.ts';
import { createWorkflowVersions } from '../adapters/temporal/versions.ts';
import { createProcessTrainer } from '../adapters/training/trainer-process.ts';
import { type Config } from '../core/base/config.ts';
import { meansUnreachable } from '../core/base/unreachable.ts';
import { asyncLocalStorage as running } from '@temporalio/activity';
import { join } from 'node:path';

interface ComposeOptions {
  environment: NodeJS.ProcessEnv;
  trains: boolean;
  log: (line: string) => void;
  patience?: Patience;
}

/** Makes every adapter a worker needs and hands them to the activities. */
export async function composeActivities(config: Config, { environment, trains, log, patience = {} }: ComposeOptions) {
  const database = connect(config.databaseUrl, { connections: config.connections });
  const hopeless = (error: unknown): boolean => !meansUnreachable(error);
  await patiently({ ...patience, what: 'Postgres', ask: () => migrate(database), hopeless });
  const client = await createTemporalClient(config.temporal);
  const store = createObjectStore(config);
  const memory = duckMemory({
    workerMb: memoryHere().mb,
    trainingMb: trains ? config.trainingMemoryMb : 0,
    setting: config.duckMemoryMb,
  });
  const analytics = await createAnalytics({
    memoryLimit: memory.questions,
    signal: () => running.getStore()?.cancellationSignal,
    folder: join(config.dataFolder, 'duckdb'),
  });
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
    loop: createRetrainingLoop(client, config.temporal),
    records: createRecords(database),
    keep: config.keep,
    extractor: createExtractor({
      secrets: createSecrets(environment),
      memoryLimit: memory.extraction,
      ...config.sources,
    }),
    trainer: createProcessTrainer({ memoryLimitMb: config.trainingMemoryMb, log }),
    cache: createLocalCache({ folder: join(config.dataFolder, 'cache'), store }),
    sharedClock: createSharedClock(database, config.clock),
    threads: createThreads(),
    analytics,
    store,
  };
  return {
    activities: {
      ...createDataActivities(ports),
      ...createTrainingActivities(ports),
      ...createApprovalActivities(ports),
      ...createMonitoringActivities(ports),
      ...createPredictionActivities(ports),
      ...createLifecycleActivities(ports),
      ...createRetrainingActivities(ports),
      ...createCareActivities(ports),
    },
    versions: createWorkflowVersions(client, config.temporal),
    store,
    async close() {
      analytics.close();
      await client.connection.close();
      await database.end();
    },
  };
}
