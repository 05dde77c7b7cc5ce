import {
  type Catalogue,
  type Clock,
  type ObjectStore,
  type Pipelines,
  type PredictionLog,
  type Registry,
  type RetrainingLedger,
  type RetrainingLoop,
  type Runs,
  type Schedules,
  type Verdicts,
} from '../core/ports.ts';

/** What operations lean on; the CLI and the server make the adapters. */
export interface OperationPorts {
  pipelines: Pipelines;
  catalogue: Catalogue;
  registry: Registry;
  ledger: RetrainingLedger;
  verdicts: Verdicts;
  log: PredictionLog;
  store: ObjectStore;
  loop: RetrainingLoop;
  runs: Runs;
  schedules: Schedules;
  clock: Clock;
}
