import type { Alerts } from '../core/alerts/alerts.ts';
import type { ApprovalDesk, Approvals } from '../core/rollout/approvals.ts';
import type { Audit } from '../core/runs/audit.ts';
import type { Batches } from '../core/data/batches.ts';
import type { Crowd } from '../core/runs/crowd.ts';
import type { Clock, SharedClock } from '../core/time/clock.ts';
import type { ObjectStore } from '../core/data/objects.ts';
import type { Snapshots } from '../core/data/snapshots.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import type { ModelVersions } from '../core/training/model-versions.ts';
import type { RetrainingLedger } from '../core/training/retraining-ledger.ts';
import type { RetrainingLoop } from '../core/training/retraining-loop.ts';
import type { Runs } from '../core/runs/runs.ts';
import type { Schedules } from '../core/runs/schedules.ts';
import type { TrafficTable } from '../core/rollout/traffic.ts';
import type { TrainingRuns } from '../core/training/training-runs.ts';
import type { Verdicts } from '../core/drift/verdicts.ts';

/** What operations lean on; the CLI and the server make the adapters. */
export interface OperationPorts {
  pipelines: Pipelines;
  snapshots: Snapshots;
  crowd: Crowd;
  trainingRuns: TrainingRuns;
  modelVersions: ModelVersions;
  traffic: TrafficTable;
  ledger: RetrainingLedger;
  batches: Batches;
  verdicts: Verdicts;
  store: Pick<ObjectStore, 'get'>;
  loop: RetrainingLoop;
  runs: Runs;
  schedules: Schedules;
  approvals: Approvals;
  alerts: Alerts;
  desk: ApprovalDesk;
  audit: Audit;
  clock: Clock;
  sharedClock: SharedClock;
}
