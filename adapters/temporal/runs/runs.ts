import type { Config } from '../../../core/base/settings/config.ts';
import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import type { AnyLoop } from '../../../core/base/ids.ts';
import { type Names, namesOf } from '../../../core/base/names.ts';
import { priorityOf } from '../../../core/runs/priority.ts';
import type { Run, Runs, RunStatus, RunStep } from '../../../core/runs/runs.ts';
import { instant } from '../../../core/time/time.ts';
import { attributes } from '../../../workflows/messages.ts';
import { workflowOf } from '../schedules.ts';
import { callTemporal } from '../connection/connection.ts';
import {
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
  WorkflowFailedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { CancelledFailure, defaultPayloadConverter, TerminatedFailure, fromPayloadsAtIndex } from '@temporalio/common';

export function createRuns(client: Client, settings: Config['temporal']): Runs {
  const names = namesOf(settings.installation);
  const call = <T>(work: () => Promise<T>): Promise<T> => callTemporal(settings, work);
  const about = <T>(workflowId: string, work: () => Promise<T>): Promise<T> =>
    call(async () => {
      try {
        return await work();
      } catch (error) {
        throw error instanceof WorkflowNotFoundError ? unknownRun(workflowId, error) : error;
      }
    });

  /** Throws RUN_UNKNOWN, also for a run of another installation. */
  const describe = (workflowId: string): Promise<WorkflowExecutionDescription> =>
    about(workflowId, async () => {
      const found = await client.workflow.getHandle(workflowId).describe();
      if (found.taskQueue !== names.queues.control) throw unknownRun(workflowId);
      return found;
    });

  return {
    async requireWorker() {
      const { pollers } = await call(() =>
        client.workflowService.describeTaskQueue({
          namespace: settings.namespace,
          taskQueue: { name: names.queues.control },
          taskQueueType: 1, // workflow tasks
        }),
      );
      if (pollers.length > 0) return;
      throw new UserError(
        'NO_WORKER',
        `No worker has polled ${settings.address} in the last minutes, so nothing would run. ` +
          'Start one with "npm start", or find out why the workers are gone.',
      );
    },

    start: (loop, input) =>
      call(async () => {
        const { pipeline, asOf } = input;
        const handle = await client.workflow.start(workflowOf[loop], {
          workflowId: names.run(pipeline.name, loop === 'retraining' ? 'request' : loop, asOf),
          taskQueue: names.queues.control,
          args: [input],
          workflowIdConflictPolicy: 'USE_EXISTING',
          priority: priorityOf('person', pipeline.name),
          staticSummary: `${loop} of ${pipeline.name} as of ${asOf}`,
        });
        return handle.workflowId;
      }),

    startCare: (input) =>
      call(async () => {
        const handle = await client.workflow.start('care', {
          workflowId: input.dryRun ? names.care.dryRun : names.care.asked,
          taskQueue: names.queues.control,
          args: [input],
          workflowIdConflictPolicy: 'USE_EXISTING',
          staticSummary: 'care of the installation, started by hand',
        });
        return handle.workflowId;
      }),

    async state(workflowId) {
      const { status, raw } = await describe(workflowId);
      return { workflowId, status: statusOf(status.name), steps: (raw.pendingActivities ?? []).map(toStep) };
    },

    async find(workflowId) {
      const run = toRun(await describe(workflowId), names);
      if (run) return run;
      throw unknownRun(workflowId);
    },

    list: ({ pipeline, limit }) =>
      call(async () => {
        const { name } = attributes.pipeline;
        const which = pipeline === undefined ? 'is not null' : `= ${JSON.stringify(pipeline)}`;
        const query = `${names.query} and ${name} ${which}`;
        const found: Run[] = [];
        // Running ones first and then the latest that ended: the order of every kind of visibility store.
        for await (const info of client.workflow.list({ query, pageSize: limit })) {
          const run = toRun(info, names);
          if (run) found.push(run);
          if (found.length >= limit) break;
        }
        return found.sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
      }),

    async cancel(workflowId) {
      await describe(workflowId);
      await about(workflowId, () => client.workflow.getHandle(workflowId).cancel());
    },

    async result(workflowId) {
      await describe(workflowId);
      return about(workflowId, async () => {
        try {
          return await client.workflow.getHandle(workflowId).result();
        } catch (error) {
          if (!(error instanceof WorkflowFailedError)) throw error;
          const ended = endedFromOutside(error.cause);
          if (ended !== null)
            throw new UserError('RUN_FAILED', `${workflowId} has no result: it was ${ended}`, { cause: error });
          throw new UserError('RUN_FAILED', `${workflowId} failed: ${deepestMessage(error)}`, { cause: error });
        }
      });
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

/** How somebody ended the run; null: nobody did. */
function endedFromOutside(cause: unknown): 'cancelled' | 'terminated' | null {
  if (cause instanceof TerminatedFailure) return 'terminated';
  return cause instanceof CancelledFailure ? 'cancelled' : null;
}

const unknownRun = (workflowId: string, cause?: unknown): UserError =>
  new UserError('RUN_UNKNOWN', `Perennial has no run "${workflowId}". List runs with their ids: perennial runs`, {
    cause,
  });

/** Null for a workflow of another installation. */
function toRun(info: WorkflowExecutionInfo | WorkflowExecutionDescription, names: Names): Run | null {
  const told = info.typedSearchAttributes;
  // A run records its owner in its first task: before a worker has taken that, only its id shows it.
  const byId = names.ownerOf(info.workflowId);
  const pipeline = told.get(attributes.pipeline) ?? byId?.pipeline;
  const loop = told.get(attributes.loop) ?? byId?.loop;
  if (pipeline === undefined || loop === undefined) return null;
  // Ids end with the time, and those of trainings with their cycle's hash after it.
  const moment = /(\d{4}-\d\d-\d\dT[\d:.]+Z)(-[0-9a-f]+)?$/.exec(info.workflowId)?.[1];
  return {
    workflowId: info.workflowId,
    runId: info.runId,
    pipeline,
    loop: loop as AnyLoop,
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

/** A step's own heartbeat details, without those for its next attempt (activities/steps/heartbeats.ts). */
function reportedIn(beat: unknown): object | null {
  const { silences: _, ...reported } = { ...(beat as Record<string, unknown> | null) };
  return Object.keys(reported).length === 0 ? null : reported;
}

/** The message at the root of a failure: the activity's, without the layers around it. */
function deepestMessage(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? deepestMessage(cause) : messageOf(error);
}
