import { type Config } from '../../core/config.ts';
import { messageOf, UserError } from '../../core/errors.ts';
import { retrainingId, runId } from '../../core/ids.ts';
import { type Runs, type RunState } from '../../core/ports.ts';
import { taskQueues, whatWasHeard } from '../../workflows/messages.ts';
import { workflowOf } from './schedules.ts';
import { callTemporal, codeOf, isConnectionError } from './connection.ts';
import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';

const QUERY_PATIENCE = 3_000;
const FAILED_PRECONDITION = 9;

export function createRuns(client: Client, settings: Config['temporal']): Runs {
  const call = <T>(work: () => Promise<T>): Promise<T> => callTemporal(settings, work);

  return {
    async requireWorker() {
      const { pollers } = await call(() =>
        client.workflowService.describeTaskQueue({
          namespace: settings.namespace,
          taskQueue: { name: taskQueues.control },
          taskQueueType: 1, // workflow tasks
        }),
      );
      if (pollers.length > 0) return;
      throw new UserError(
        'NO_WORKER',
        `No worker has asked for work at ${settings.address} in the last minutes, so nothing would run. ` +
          'Start one with "npm start", or look at why the workers are gone.',
      );
    },

    start: (loop, { pipeline, asOf }) =>
      call(async () => {
        const handle = await client.workflow.start(workflowOf[loop], {
          workflowId: runId(pipeline.name, loop === 'retraining' ? 'request' : loop, asOf),
          taskQueue: taskQueues.control,
          args: [{ pipeline, asOf }],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: `${loop} of ${pipeline.name} as of ${asOf}`,
        });
        return handle.workflowId;
      }),

    state: (workflowId) =>
      call(async () => {
        const { status, raw } = await client.workflow.getHandle(workflowId).describe();
        const steps = (raw.pendingActivities ?? []).map((step) => ({
          name: step.activityType?.name ?? '',
          attempt: step.attempt ?? 1,
          lastError: step.lastFailure?.message ?? null,
        }));
        return { workflowId, status: states[status.name] ?? 'running', steps };
      }),

    result: (workflowId) =>
      call(async () => {
        try {
          return await client.workflow.getHandle(workflowId).result();
        } catch (error) {
          if (!(error instanceof WorkflowFailedError)) throw error;
          throw new UserError('RUN_FAILED', `${workflowId} failed: ${deepestMessage(error)}`, { cause: error });
        }
      }),

    async waiting(pipeline) {
      try {
        const handle = client.workflow.getHandle(retrainingId(pipeline));
        const ask = () => handle.query(whatWasHeard);
        return (await client.connection.withDeadline(Date.now() + QUERY_PATIENCE, ask)).waiting;
      } catch (error) {
        // Nobody is there to answer: the loop was never started, Temporal is away, or no worker asks for work.
        const unanswered = isConnectionError(error) || codeOf(error) === FAILED_PRECONDITION;
        if (error instanceof WorkflowNotFoundError || unanswered) return null;
        throw error;
      }
    },
  };
}

const states: Partial<Record<string, RunState['status']>> = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed out',
};

/** The message at the root of a failure: what the activity said, without the layers that carried it. */
function deepestMessage(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? deepestMessage(cause) : messageOf(error);
}
