import type { Config } from '../core/base/config.ts';
import type { ObjectStore } from '../core/data/objects.ts';
import { createClock } from './machine/clock.ts';
import type { Patience } from './machine/patience.ts';
import { createAlerts } from './postgres/alerts.ts';
import { createApprovals } from './postgres/approvals.ts';
import { createAudit } from './postgres/audit.ts';
import { createBatches } from './postgres/batches.ts';
import { createCrowd } from './postgres/crowd.ts';
import { connect, unreachable } from './postgres/database.ts';
import { createModelVersions } from './postgres/model-versions.ts';
import { createPipelines } from './postgres/pipelines.ts';
import { createRetrainingLedger } from './postgres/retraining-ledger.ts';
import { createSharedClock } from './postgres/shared-clock.ts';
import { createSnapshots } from './postgres/snapshots.ts';
import { createTrafficTable } from './postgres/traffic.ts';
import { createTrainingRuns } from './postgres/training-runs.ts';
import { createVerdicts } from './postgres/verdicts.ts';
import { connectionOptions } from './temporal/connection-options.ts';
import type { connectTemporalPorts } from './temporal/operation-ports.ts';
import { whenAsked } from './when-asked.ts';

/**
 * Makes the ports of operations, with their own small pool (PERENNIAL_CONSOLE_CONNECTIONS). Nothing connects before its
 * first use, so a server starts with everything down; `check` throws when Perennial's database does not answer. Most
 * commands use neither Temporal nor the object store, so the clients of both load on first use: they would double the
 * time of a command.
 */
export async function connectOperationPorts(config: Config, patience: Patience = {}) {
  const database = connect(config.databaseUrl, { connections: config.consoleConnections });
  await connectionOptions(config.temporal); // reports missing files at once
  let temporal: ReturnType<typeof connectTemporalPorts> | undefined;
  const reach = () =>
    (temporal ??= import('./temporal/operation-ports.ts').then((loaded) =>
      loaded.connectTemporalPorts(config, patience),
    ));
  const ports = {
    pipelines: createPipelines(database),
    snapshots: createSnapshots(database),
    crowd: createCrowd(database),
    trainingRuns: createTrainingRuns(database),
    modelVersions: createModelVersions(database),
    traffic: createTrafficTable(database),
    ledger: createRetrainingLedger(database),
    batches: createBatches(database),
    verdicts: createVerdicts(database),
    store: whenAsked<Pick<ObjectStore, 'get'>>(async () =>
      (await import('./objects/object-store.ts')).createObjectStore(config),
    ),
    loop: whenAsked(async () => (await reach()).loop),
    runs: whenAsked(async () => (await reach()).runs),
    schedules: whenAsked(async () => (await reach()).schedules),
    approvals: createApprovals(database),
    alerts: createAlerts(database),
    desk: whenAsked(async () => (await reach()).desk),
    audit: createAudit(database),
    clock: createClock(config.clock),
    sharedClock: createSharedClock(database, config.clock),
  };
  return {
    ports,
    async check(): Promise<void> {
      await database.query('select 1').catch((error: unknown) => {
        throw unreachable(database, error);
      });
    },
    async close(): Promise<void> {
      await (await temporal)?.close();
      await database.end();
    },
  };
}
