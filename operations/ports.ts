import type { Alerts } from '../core/alerts.ts';
import type { ApprovalDesk, Approvals } from '../core/approvals.ts';
import type { Audit } from '../core/audit.ts';
import type { Batches } from '../core/batches.ts';
import type { Crowd } from '../core/crowd.ts';
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
