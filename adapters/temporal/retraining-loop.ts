import { type Config } from '../../core/config.ts';
import { retrainingId } from '../../core/ids.ts';
import { type RetrainingLoop } from '../../core/ports.ts';
import { newData, retrain, taskQueues, trainingEnded } from '../../workflows/messages.ts';
import { callTemporal } from './connection.ts';
import { type Client, type WorkflowStartOptions } from '@temporalio/client';

/** Every message starts the loop if it is gone: what it needs to know is in Postgres. */
export function createRetrainingLoop(client: Client, settings: Config['temporal']): RetrainingLoop {
  const options = (pipeline: string) =>
    ({
      workflowId: retrainingId(pipeline),
      taskQueue: taskQueues.control,
      args: [pipeline],
      staticSummary: `Decides when ${pipeline} is trained again`,
    }) satisfies WorkflowStartOptions;

  return {
    async ensure(pipeline) {
      const start = { ...options(pipeline), workflowIdConflictPolicy: 'USE_EXISTING' } as const;
      await callTemporal(settings, () => client.workflow.start('retraining', start));
    },
    async ask({ id, pipeline, asOf }) {
      const signalArgs = [{ request: id, asOf }] as [{ request: string; asOf: string }];
      const start = { ...options(pipeline), signal: retrain, signalArgs };
      await callTemporal(settings, () => client.workflow.signalWithStart('retraining', start));
    },
    async newData(pipeline, asOf) {
      const signalArgs = [{ asOf }] as [{ asOf: string }];
      const start = { ...options(pipeline), signal: newData, signalArgs };
      await callTemporal(settings, () => client.workflow.signalWithStart('retraining', start));
    },
    async trainingEnded(pipeline, cycle) {
      const signalArgs = [{ cycle }] as [{ cycle: string }];
      const start = { ...options(pipeline), signal: trainingEnded, signalArgs };
      await callTemporal(settings, () => client.workflow.signalWithStart('retraining', start));
    },
  };
}
