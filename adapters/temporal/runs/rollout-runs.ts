import type { Config } from '../../../core/base/settings/config.ts';
import { versionName } from '../../../core/base/ids.ts';
import { namesOf } from '../../../core/base/names.ts';
import type { RolloutRuns } from '../../../core/rollout/rollout-runs.ts';
import { priorityOf } from '../../../core/runs/priority.ts';
import type { RolloutInput } from '../../../workflows/messages.ts';
import { callTemporal } from '../connection/connection.ts';
import type { Client } from '@temporalio/client';

export function createRolloutRuns(client: Client, settings: Config['temporal']): RolloutRuns {
  const names = namesOf(settings.installation);
  return {
    start: ({ id, pipeline, version }, cycle) =>
      callTemporal(settings, async () => {
        const input: RolloutInput = { pipeline, rollout: id, reopened: cycle?.reopened ?? 0 };
        const { workflowId } = await client.workflow.start('rollout', {
          workflowId: names.rollout(pipeline, id),
          taskQueue: names.queues.control,
          args: [input],
          workflowIdConflictPolicy: 'USE_EXISTING',
          priority: priorityOf(cycle?.reason ?? 'person', pipeline),
          staticSummary: `Roll out ${versionName(version)} of ${pipeline}`,
        });
        return workflowId;
      }),
  };
}
