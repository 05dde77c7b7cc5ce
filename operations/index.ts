import { createAlertTests } from './alert-tests.ts';
import { createAlertOperations } from './alerts.ts';
import { createApply } from './apply.ts';
import { createApprovalOperations } from './approvals.ts';
import { createAutomationOperations } from './automations.ts';
import { createBatchOperations } from './batches.ts';
import { createCare } from './care.ts';
import { createExperimentOperations } from './experiments.ts';
import { createExplain } from './explain.ts';
import { createKeys } from './keys.ts';
import { createModelBringing } from './model-bringing.ts';
import { createModelExports } from './model-exports.ts';
import { createModels } from './models.ts';
import { createOverview } from './overview.ts';
import { createDoor } from './door.ts';
import type { OperationPorts } from './ports.ts';
import { createComparisons } from './comparisons.ts';
import { createReports } from './reports.ts';
import { createRetrain } from './retrain.ts';
import { createRolloutOperations } from './rollouts.ts';
import { createRun } from './run.ts';
import { createRuns } from './runs.ts';
import { createScheduleOperations } from './schedules.ts';
import { createSnapshots } from './snapshots.ts';
import { createWhatIf } from './what-if.ts';
import { createStatus } from './status.ts';
import { createTrialOperations } from './trials.ts';
import { createVersionNaming } from './version-names.ts';

const everything = (ports: OperationPorts) => ({
  apply: createApply(ports),
  run: createRun(ports),
  care: createCare(ports),
  runs: createRuns(ports),
  schedules: createScheduleOperations(ports),
  retraining: createRetrain(ports),
  explain: createExplain(ports),
  models: {
    ...createModels(ports),
    ...createVersionNaming(ports),
    ...createModelExports(ports),
    ...createModelBringing(ports),
    ...createWhatIf(ports),
  },
  rollouts: createRolloutOperations(ports),
  experiments: createExperimentOperations(ports),
  approvals: createApprovalOperations(ports),
  alerts: { ...createAlertOperations(ports), ...createAlertTests(ports) },
  automations: createAutomationOperations(ports),
  snapshots: createSnapshots(ports),
  batches: createBatchOperations(ports),
  keys: createKeys(ports),
  status: createStatus(ports),
  trials: createTrialOperations(ports),
  overview: createOverview(ports),
  reports: { ...createReports(ports), ...createComparisons(ports) },
});

/** What a person or program can do with Perennial, once it has named its actor: `operations.as(actor)`. */
export const createOperations = (ports: OperationPorts) => createDoor(everything(ports), ports.audit);
/** The entry point, which takes the actor. */
export type Door = ReturnType<typeof createOperations>;
export type Operations = ReturnType<Door['as']>;
export type { AlertDetails, AlertLine } from './alerts.ts';
export type { Recipient } from './recipients.ts';
export type { Applied } from './apply.ts';
export type { OperationPorts } from './ports.ts';
export type { CreatedKey } from './keys.ts';
export type { ExperimentShown } from './experiments.ts';
export type { RolloutLine, RolloutShown } from './rollouts.ts';
export type { PipelineGlance, PipelineOverview, VersionDetails } from './overview.ts';
export type { PipelineLine, PipelineStatus } from './status.ts';
