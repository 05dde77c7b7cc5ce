import type { Config } from '../../../core/base/settings/config.ts';
import { namesOf } from '../../../core/base/names.ts';
import type { ExperimentRuns } from '../../../core/experiments/experiments.ts';
import { titleOf } from '../../../core/experiments/words.ts';
import { priorityOf } from '../../../core/runs/priority.ts';
import type { ExperimentInput } from '../../../workflows/messages.ts';
import { callTemporal } from '../connection/connection.ts';
import type { Client } from '@temporalio/client';

export function createExperimentRuns(client: Client, settings: Config['temporal']): ExperimentRuns {
  const names = namesOf(settings.installation);
  return {
    start: ({ id, pipeline, plan }) =>
      callTemporal(settings, async () => {
        const input: ExperimentInput = { pipeline, experiment: id };
        await client.workflow.start('experiment', {
          workflowId: names.experiment(pipeline, id),
          taskQueue: names.queues.control,
          args: [input],
          workflowIdConflictPolicy: 'USE_EXISTING',
          priority: priorityOf('person', pipeline),
          staticSummary: `Experiment with ${pipeline}: ${titleOf({ plan })}`.slice(0, 200),
        });
      }),
  };
}
