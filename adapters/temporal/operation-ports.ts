import type { Config } from '../../core/base/config.ts';
import type { Patience } from '../machine/patience.ts';
import { createApprovalDesk } from './approvals.ts';
import { createTemporalClient } from './connection.ts';
import { createRetrainingLoop } from './retraining-loop.ts';
import { createRuns } from './runs.ts';
import { createSchedules } from './schedules.ts';

/** The Temporal ports of operations, on one connection. */
export async function connectTemporalPorts({ temporal, clock }: Config, patience: Patience = {}) {
  const client = await createTemporalClient(temporal);
  return {
    loop: createRetrainingLoop(client, temporal),
    runs: createRuns(client, temporal),
    schedules: createSchedules(client, temporal, { paused: clock !== undefined, patience }),
    desk: createApprovalDesk(client, temporal),
    close: () => client.connection.close(),
  };
}
