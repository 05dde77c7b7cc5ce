import { createApprovalDesk } from '../adapters/temporal/runs/approvals.ts';
import { createExperimentRuns } from '../adapters/temporal/runs/experiment-runs.ts';
import { createTemporalClient } from '../adapters/temporal/connection/connection.ts';
import { createRetrainingLoop } from '../adapters/temporal/runs/retraining-loop.ts';
import { createRolloutRuns } from '../adapters/temporal/runs/rollout-runs.ts';
import { createRuns } from '../adapters/temporal/runs/runs.ts';
import { createSchedules } from '../adapters/temporal/schedules.ts';
import { createWorkflowVersions } from '../adapters/temporal/bundles/versions.ts';
import { createTemporalWatch } from '../adapters/temporal/watch.ts';
import type { Patience } from '../adapters/machine/patience.ts';
import type { Config } from '../core/base/settings/config.ts';

/** The Temporal ports, on one connection that is made on first use. */
export async function connectTemporal({ temporal, clock }: Config, patience: Patience = {}) {
  const client = await createTemporalClient(temporal);
  return {
    loop: createRetrainingLoop(client, temporal),
    runs: createRuns(client, temporal),
    schedules: createSchedules(client, temporal, { paused: clock !== undefined, patience }),
    desk: createApprovalDesk(client, temporal),
    rolloutRuns: createRolloutRuns(client, temporal),
    experimentRuns: createExperimentRuns(client, temporal),
    versions: createWorkflowVersions(client, temporal),
    watch: createTemporalWatch(client, temporal),
    close: () => client.connection.close(),
  };
}
