import type { Alerts } from '../core/alerts/alerts.ts';
import type { ApprovalDesk, Approvals } from '../core/rollout/approvals.ts';
import type { Audit } from '../core/runs/audit.ts';
import type { Batches } from '../core/data/batches.ts';
import type { Crowd } from '../core/runs/crowd.ts';
import type {
  Catalogue,
  Clock,
  ObjectStore,
  Pipelines,
  Registry,
  RetrainingLedger,
  RetrainingLoop,
  Runs,
  Schedules,
  SharedClock,
  Verdicts,
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
