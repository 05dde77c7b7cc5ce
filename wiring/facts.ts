import { createAlerts } from '../adapters/postgres/alerts/alerts.ts';
import { createReaches } from '../adapters/postgres/alerts/reach.ts';
import { createAlertsTold } from '../adapters/postgres/alerts/sent.ts';
import { createTestMessages } from '../adapters/postgres/alerts/test-messages.ts';
import { hidingGates } from '../adapters/postgres/alerts/quoted-gates.ts';
import { createApiKeys } from '../adapters/postgres/access/keys.ts';
import { createApprovals } from '../adapters/postgres/rollout/approvals.ts';
import { createAutomationLedger } from '../adapters/postgres/automations.ts';
import { createBinnings } from '../adapters/postgres/data/binnings.ts';
import { createLoggedRows } from '../adapters/postgres/predictions/logged-rows.ts';
import { createBatches } from '../adapters/postgres/predictions/batches.ts';
import { createExperiments } from '../adapters/postgres/experiments/experiments.ts';
import { createCrowd } from '../adapters/postgres/crowd.ts';
import type { Database } from '../adapters/postgres/database.ts';
import { createModelVersions } from '../adapters/postgres/training/model-versions.ts';
import { createPipelines } from '../adapters/postgres/pipelines.ts';
import { createRetrainingLedger } from '../adapters/postgres/training/retraining-ledger.ts';
import { createRollouts } from '../adapters/postgres/rollout/rollouts.ts';
import { createRolloutProgress } from '../adapters/postgres/rollout/progress.ts';
import { createTallies } from '../adapters/postgres/rollout/tallies.ts';
import { createSharedClock } from '../adapters/postgres/shared-clock.ts';
import { createSnapshots } from '../adapters/postgres/data/snapshots.ts';
import { createStories } from '../adapters/postgres/training/stories.ts';
import { createTrafficTable } from '../adapters/postgres/rollout/traffic.ts';
import { createTrainingRuns } from '../adapters/postgres/training/training-runs.ts';
import { createTrials } from '../adapters/postgres/training/trials.ts';
import { createVersionNames } from '../adapters/postgres/training/version-names.ts';
import { createVerdicts } from '../adapters/postgres/alerts/verdicts.ts';

/** The ports over Perennial's database that steps and operations share; `clock` is the setting of a simulated one. */
export const factsIn = (database: Database, clock?: string) => ({
  pipelines: createPipelines(database),
  snapshots: createSnapshots(database),
  trainingRuns: createTrainingRuns(database),
  trials: createTrials(database),
  modelVersions: createModelVersions(database),
  versionNames: createVersionNames(database),
  traffic: createTrafficTable(database),
  ledger: createRetrainingLedger(database),
  stories: createStories(database),
  batches: createBatches(database),
  binnings: createBinnings(database),
  loggedRows: createLoggedRows(database),
  verdicts: createVerdicts(database),
  rollouts: createRollouts(database),
  progress: createRolloutProgress(database),
  tallies: createTallies(database),
  experiments: createExperiments(database),
  approvals: createApprovals(database),
  alerts: hidingGates(createAlerts(database), { pipelines: createPipelines(database), crowd: createCrowd(database) }),
  alertsTold: createAlertsTold(database),
  reaches: createReaches(database),
  testMessages: createTestMessages(database),
  automationLedger: createAutomationLedger(database),
  apiKeys: createApiKeys(database),
  sharedClock: createSharedClock(database, clock),
});
