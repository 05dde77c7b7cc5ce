import { retrainingId } from '../../core/ids.ts';
import { type RetrainingLoop } from '../../core/ports.ts';
import { newData, retrain, taskQueues, trainingEnded } from '../../workflows/messages.ts';
import { type Client, type WorkflowStartOptions } from '@temporalio/client';

/** Every message starts the loop if it is gone: what it needs to know is in Postgres. */
export function createRetrainingLoop(client: Client): RetrainingLoop {
  const options = (pipeline: string) =>
    ({
      workflowId: retrainingId(pipeline),
      taskQueue: taskQueues.control,
      args: [pipeline],
      staticSummary: `Decides when ${pipeline} is trained again`,
    }) satisfies WorkflowStartOptions;

  return {
    async ensure(pipeline) {
      await client.workflow.start('retraining', { ...options(pipeline), workflowIdConflictPolicy: 'USE_EXISTING' });
    },
    async ask({ id, pipeline, asOf }) {
      const signalArgs = [{ request: id, asOf }] as [{ request: string; asOf: string }];
      await client.workflow.signalWithStart('retraining', { ...options(pipeline), signal: retrain, signalArgs });
    },
    async newData(pipeline, asOf) {
      const signalArgs = [{ asOf }] as [{ asOf: string }];
      await client.workflow.signalWithStart('retraining', { ...options(pipeline), signal: newData, signalArgs });
    },
    async trainingEnded(pipeline, cycle) {
      const signalArgs = [{ cycle }] as [{ cycle: string }];
      await client.workflow.signalWithStart('retraining', { ...options(pipeline), signal: trainingEnded, signalArgs });
    },
  };
}
