import type { Config } from '../../core/base/config.ts';
import { messageOf, UserError } from '../../core/base/errors.ts';
import { CARE_DRY_RUN, type Loop, loops, retrainingId, runId } from '../../core/base/ids.ts';
import type { Run, Runs, RunStatus, RunStep } from '../../core/runs/runs.ts';
import { instant } from '../../core/time/time.ts';
import { attributes, taskQueues, whatWasHeard } from '../../workflows/messages.ts';
import { workflowOf } from './schedules.ts';
import { callTemporal, codeOf, isConnectionError } from './connection.ts';
import {
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { defaultPayloadConverter, fromPayloadsAtIndex } from '@temporalio/common';

const QUERY_PATIENCE = 3_000;
const CANCELLED = 1;
const FAILED_PRECONDITION = 9;

export function createRuns(client: Client, settings: Config['temporal']): Runs {
  const call = <T>(work: () => Promise<T>): Promise<T> => callTemporal(settings, work);
  const about = <T>(workflowId: string, work: () => Promise<T>): Promise<T> =>
    call(async () => {
      try {
        return await work();
      } catch (error) {
        throw error instanceof WorkflowNotFoundError ? unknownRun(workflowId, error) : error;
      }
    });

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

    startCare: (input) =>
      call(async () => {
        const handle = await client.workflow.start('care', {
          workflowId: input.dryRun ? CARE_DRY_RUN : 'care/asked',
          taskQueue: taskQueues.control,
          args: [input],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: 'care of the installation, asked by hand',
        });
        return handle.workflowId;
      }),

    state: (workflowId) =>
      about(workflowId, async () => {
        const { status, raw } = await client.workflow.getHandle(workflowId).describe();
        return { workflowId, status: statusOf(status.name), steps: (raw.pendingActivities ?? []).map(toStep) };
      }),

    find: (workflowId) =>
      about(workflowId, async () => {
        const run = toRun(await client.workflow.getHandle(workflowId).describe());
        if (run) return run;
        throw unknownRun(workflowId);
      }),

    list: ({ pipeline, limit }) =>
      call(async () => {
        const { name } = attributes.pipeline;
        const query = pipeline === undefined ? `${name} is not null` : `${name} = ${JSON.stringify(pipeline)}`;
        const found: Run[] = [];
        // Running ones come first and then the latest that ended: the order of every kind of visibility store.
        for await (const info of client.workflow.list({ query, pageSize: limit })) {
          const run = toRun(info);
          if (run) found.push(run);
          if (found.length >= limit) break;
        }
        return found.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
      }),

    cancel: (workflowId) => about(workflowId, async () => void (await client.workflow.getHandle(workflowId).cancel())),

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
      const deadline = Date.now() + QUERY_PATIENCE;
      try {
        const handle = client.workflow.getHandle(retrainingId(pipeline));
        const ask = () => handle.query(whatWasHeard);
        return (await client.connection.withDeadline(deadline, ask)).waiting;
      } catch (error) {
        // Nobody is there to answer: the loop was never started, Temporal is away, or no worker asks for work.
        const unanswered = isConnectionError(error) || codeOf(error) === FAILED_PRECONDITION;
        // The server counts the deadline too, and may cancel the question before the client has noticed that it is over.
        const overdue = codeOf(error) === CANCELLED && Date.now() >= deadline;
        if (error instanceof WorkflowNotFoundError || unanswered || overdue) return null;
        throw error;
      }
    },
  };
}

const states: Partial<Record<string, RunStatus>> = {
  RUNNING: 'running',
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed out',
  CONTINUED_AS_NEW: 'completed',
};
const statusOf = (name: string): RunStatus => states[name] ?? 'running';

const unknownRun = (workflowId: string, cause?: unknown): UserError =>
  new UserError('RUN_UNKNOWN', `Perennial has no run "${workflowId}". List runs with their ids: perennial runs`, {
    cause,
  });

/** The ids of core/base/ids.ts. */
const ownId = new RegExp(`^([a-z][a-z0-9-]*)/(${loops.join('|')}|retraining|request)(?:/|$)`);

/** Null for a workflow of somebody else's. */
function toRun(info: WorkflowExecutionInfo | WorkflowExecutionDescription): Run | null {
  const told = info.typedSearchAttributes;
  // A run says whose it is in its first task: before a worker has taken that, only its id does.
  const [, idPipeline, idLoop] = ownId.exec(info.workflowId) ?? [];
  const pipeline = told.get(attributes.pipeline) ?? idPipeline;
  const loop = told.get(attributes.loop) ?? (idLoop === 'request' ? 'retraining' : idLoop);
  if (pipeline === undefined || loop === undefined) return null;
  // Ids end with the moment, and those of trainings with the mark of their cycle behind it.
  const moment = /(\d{4}-\d\d-\d\dT[\d:.]+Z)(-[0-9a-f]+)?$/.exec(info.workflowId)?.[1];
  return {
    workflowId: info.workflowId,
    runId: info.runId,
    pipeline,
    loop: loop as Loop | 'retraining',
    status: statusOf(info.status.name),
    startedAt: instant(info.startTime),
    closedAt: info.closeTime ? instant(info.closeTime) : null,
    asOf: moment === undefined ? null : instant(Date.parse(moment)),
    cycle: told.get(attributes.cycle) ?? null,
    version: told.get(attributes.version) ?? null,
  };
}

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

function toStep(step: PendingActivity): RunStep {
  const beat: unknown = fromPayloadsAtIndex(defaultPayloadConverter, 0, step.heartbeatDetails?.payloads);
  const seconds = step.lastStartedTime?.seconds;
  return {
    name: step.activityType?.name ?? '',
    attempt: step.attempt ?? 1,
    lastError: step.lastFailure?.message ?? null,
    progress: reportedIn(beat),
    startedAt: seconds ? instant(Number(seconds) * 1000) : null,
  };
}

/** What a step says of its work, without what its attempts tell each other (activities/heartbeats.ts). */
function reportedIn(beat: unknown): object | null {
  const { silences: _, ...reported } = { ...(beat as Record<string, unknown> | null) };
  return Object.keys(reported).length === 0 ? null : reported;
}

/** The message at the root of a failure: what the activity said, without the layers that carried it. */
function deepestMessage(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? deepestMessage(cause) : messageOf(error);
}
