import { type Config } from '../core/config.ts';
import { createClock } from './clock.ts';
import { createObjectStore } from './object-store.ts';
import { createAlerts } from './postgres/alerts.ts';
import { createApprovals } from './postgres/approvals.ts';
import { createAudit } from './postgres/audit.ts';
import { createBatches } from './postgres/batches.ts';
import { createCatalogue } from './postgres/catalogue.ts';
import { createCrowd } from './postgres/crowd.ts';
import { connect, unreachable } from './postgres/database.ts';
import { createPipelines } from './postgres/pipelines.ts';
import { createRegistry } from './postgres/registry.ts';
import { createRetrainingLedger } from './postgres/retraining-ledger.ts';
import { createSharedClock } from './postgres/shared-clock.ts';
import { createVerdicts } from './postgres/verdicts.ts';
import { createApprovalDesk } from './temporal/approvals.ts';
import { createTemporalClient } from './temporal/connection.ts';
import { createRetrainingLoop } from './temporal/retraining-loop.ts';
import { createRuns } from './temporal/runs.ts';
import { createSchedules } from './temporal/schedules.ts';

/**
 * Makes the ports that operations lean on, with a small pool of their own (PERENNIAL_CONSOLE_CONNECTIONS). Nothing connects before it is asked for, so
 * a server starts with everything down; `check` throws when Perennial's database does not answer.
 */
export async function connectOperationPorts(config: Config) {
  const database = connect(config.databaseUrl, { connections: config.consoleConnections });
  const client = await createTemporalClient(config.temporal);
  const ports = {
    pipelines: createPipelines(database),
    catalogue: createCatalogue(database),
    crowd: createCrowd(database),
    registry: createRegistry(database),
    ledger: createRetrainingLedger(database),
    batches: createBatches(database),
    verdicts: createVerdicts(database),
    store: createObjectStore(config),
    loop: createRetrainingLoop(client, config.temporal),
    runs: createRuns(client, config.temporal),
    schedules: createSchedules(client, config.temporal, { paused: config.clock !== undefined }),
    approvals: createApprovals(database),
    alerts: createAlerts(database),
    desk: createApprovalDesk(client, config.temporal),
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
      await client.connection.close();
      await database.end();
    },
  };
}
