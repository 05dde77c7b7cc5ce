import { createApprovalActivities } from '../activities/rollout/approval.ts';
import { createRolloutActivities } from '../activities/rollout/rollout.ts';
import { createConfirmActivities } from '../activities/rollout/confirm.ts';
import { createStepActivities } from '../activities/rollout/take-step.ts';
import { createCareActivities } from '../activities/care/care.ts';
import { createExperimentActivities } from '../activities/experiments/experiments.ts';
import { createDataActivities } from '../activities/data/data.ts';
import { createLifecycleActivities } from '../activities/lifecycle/lifecycle.ts';
import { createMonitoringActivities } from '../activities/monitoring/monitoring.ts';
import { createPredictionActivities } from '../activities/prediction/prediction.ts';
import { createRetrainingActivities } from '../activities/retraining/retraining.ts';
import { createTrainingActivities } from '../activities/training/training.ts';
import { createAnalytics } from '../adapters/duckdb/analytics.ts';
import { duckMemory, memoryHere } from '../adapters/duckdb/memory.ts';
import { patiently, type Patience } from '../adapters/machine/patience.ts';
import { trainingsHere } from '../adapters/machine/trainings.ts';
import { createSecrets } from '../adapters/machine/secrets.ts';
import { createLocalCache } from '../adapters/objects/local-cache.ts';
import { createObjectStore } from '../adapters/objects/object-store.ts';
import { createDisks } from '../adapters/postgres/disks.ts';
import { createAlarmStates } from '../adapters/postgres/alerts/alarm-states.ts';
import { createBinnings } from '../adapters/postgres/data/binnings.ts';
import { createRecords } from '../adapters/postgres/care.ts';
import { connect, type Database, migrate } from '../adapters/postgres/database.ts';
import { createExperimentNumbers } from '../adapters/postgres/experiments/numbers.ts';
import { createLabels } from '../adapters/postgres/data/labels.ts';
import { createLosses } from '../adapters/postgres/rollout/losses.ts';
import { createPartGroups } from '../adapters/postgres/data/part-groups.ts';
import { createSourceColumns } from '../adapters/postgres/data/source-columns.ts';
import { createParts } from '../adapters/postgres/data/parts.ts';
import { createPerformanceDays } from '../adapters/postgres/predictions/performance-days.ts';
import { createPredictionLog } from '../adapters/postgres/predictions/prediction-log.ts';
import { createProfiles } from '../adapters/postgres/data/profiles.ts';
import { createExtractor } from '../adapters/sources/extractor.ts';
import type { Config } from '../core/base/settings/config.ts';
import type { Threads } from '../core/base/threads.ts';
import { mayPass } from '../core/base/errors/unreachable.ts';
import type { ExperimentRuns } from '../core/experiments/experiments.ts';
import type { RolloutRuns } from '../core/rollout/rollout-runs.ts';
import type { RetrainingLoop } from '../core/training/retraining/retraining-loop.ts';
import type { Trainer } from '../core/training/trainer.ts';
import { factsIn } from './facts.ts';
import type { Environment } from './settings.ts';
import { connectTemporal } from './temporal.ts';
import { asyncLocalStorage as running } from '@temporalio/activity';
import { join } from 'node:path';

interface StepOptions {
  /** The source of secrets. */
  environment: Environment;
  /** Whether a training takes a share of this machine's memory. */
  trains: boolean;
}

interface ConnectOptions extends StepOptions, Processes {
  patience?: Patience;
}

/** Ports that a worker implements with its own processes and threads. */
interface Processes {
  trainer: Trainer;
  threads: Threads;
}

/** The ports of all loops' steps, besides Temporal and the worker's own processes. */
export async function stepPorts(config: Config, database: Database, { environment, trains }: StepOptions) {
  const store = createObjectStore(config);
  const parts = createParts(database);
  const memory = duckMemory({
    workerMb: memoryHere().mb,
    trainingMb: trains ? trainingsHere(config) * config.trainingMemoryMb : 0,
    setting: config.duckMemoryMb,
  });
  const analytics = await createAnalytics({
    memoryLimit: memory.questions,
    signal: () => running.getStore()?.cancellationSignal,
    folder: join(config.dataFolder, 'duckdb'),
  });
  return {
    ...factsIn(database, config.clock),
    parts,
    sourceColumns: createSourceColumns(database),
    binnings: createBinnings(database),
    profiles: createProfiles(database),
    partGroups: createPartGroups(database),
    log: createPredictionLog(database),
    performance: createPerformanceDays(database),
    alarmStates: createAlarmStates(database),
    labels: createLabels(database, analytics.readFacts),
    losses: createLosses(database),
    numbers: createExperimentNumbers(database),
    records: createRecords(database),
    keep: config.keep,
    extractor: createExtractor({
      secrets: createSecrets(environment),
      memoryLimit: memory.extraction,
      copiesFolder: join(config.dataFolder, 'csv'),
      ...config.sources,
    }),
    cache: createLocalCache({ folder: join(config.dataFolder, 'cache'), store, onCorrupt: parts.noteCorrupt }),
    analytics,
    store,
  };
}

/** The steps of all loops. */
export const createActivities = (ports: ActivityPorts) => ({
  ...createDataActivities(ports),
  ...createTrainingActivities(ports),
  ...createApprovalActivities(ports),
  ...createRolloutActivities(ports),
  ...createStepActivities(ports),
  ...createExperimentActivities(ports),
  ...createConfirmActivities(ports),
  ...createMonitoringActivities(ports),
  ...createPredictionActivities(ports),
  ...createLifecycleActivities(ports),
  ...createRetrainingActivities(ports),
  ...createCareActivities(ports),
});

type ActivityPorts = Awaited<ReturnType<typeof stepPorts>> &
  Processes & { loop: RetrainingLoop; rolloutRuns: RolloutRuns; experimentRuns: ExperimentRuns };

/** A worker's steps, and its other ports. It first updates the tables. */
export async function connectActivities(config: Config, options: ConnectOptions) {
  const { patience = {}, trainer, threads } = options;
  const database = connect(config.databaseUrl, { connections: config.connections });
  const hopeless = (error: unknown): boolean => !mayPass(error);
  await patiently({ ...patience, what: 'Postgres', ask: () => migrate(database), hopeless });
  const { loop, rolloutRuns, experimentRuns, versions, close } = await connectTemporal(config);
  const ports = await stepPorts(config, database, options);
  return {
    activities: createActivities({ ...ports, loop, rolloutRuns, experimentRuns, trainer, threads }),
    versions,
    store: ports.store,
    disks: createDisks(database),
    async close() {
      ports.analytics.close();
      await close();
      await database.end();
    },
  };
}
