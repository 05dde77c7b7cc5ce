import { type Alerts } from '../core/alerts.ts';
import { type ApprovalDesk, type Approvals } from '../core/approvals.ts';
import { type Audit } from '../core/audit.ts';
import { type Batches } from '../core/batches.ts';
import { type Crowd } from '../core/crowd.ts';
import {
  type Catalogue,
  type Clock,
  type ObjectStore,
  type Pipelines,
  type Registry,
  type RetrainingLedger,
  type RetrainingLoop,
  type Runs,
  type Schedules,
  type SharedClock,
  type Verdicts,
} from '../core/ports.ts';

/** What operations lean on; the CLI and the server make the adapters. */
export interface OperationPorts {
  pipelines: Pipelines;
  catalogue: Catalogue;
  crowd: Crowd;
  registry: Registry;
  ledger: RetrainingLedger;
  batches: Batches;
  verdicts: Verdicts;
  store: ObjectStore;
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
