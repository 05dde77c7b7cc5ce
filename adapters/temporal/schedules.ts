import { type Config } from '../../core/config.ts';
import { scheduleId } from '../../core/ids.ts';
import { type Pipeline, type PipelineRef } from '../../core/pipeline.ts';
import { type ScheduledLoop, type Schedules } from '../../core/ports.ts';
import { taskQueues } from '../../workflows/messages.ts';
import { callTemporal, isConnectionError } from './connection.ts';
import {
  type Client,
  ServiceError,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleOptions,
} from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';

const START_UP = 20_000;

/** The workflow that runs when a loop is due. */
export const workflowOf: Record<ScheduledLoop, string> = {
  data: 'data',
  monitoring: 'monitoring',
  retraining: 'scheduledRequest',
};

/** With `paused` the schedules are there to be seen and triggered, but a simulated clock decides when they run. */
export function createSchedules(
  client: Client,
  settings: Config['temporal'],
  { paused }: { paused: boolean },
): Schedules {
  return {
    async put(pipeline: Pipeline, ref: PipelineRef) {
      for (const [loop, workflowType] of Object.entries(workflowOf) as [ScheduledLoop, string][]) {
        const options = {
          scheduleId: scheduleId(pipeline.name, loop),
          spec: { cronExpressions: [pipeline.schedules[loop]], jitter: '30 seconds', timezone: 'UTC' },
          policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
          action: {
            type: 'startWorkflow',
            workflowType,
            workflowId: `${pipeline.name}/${loop === 'retraining' ? 'request' : loop}`,
            taskQueue: taskQueues.control,
            args: [{ pipeline: ref, asOf: null }],
            staticSummary: `${loop} of ${pipeline.name}, by its schedule`,
          },
          state: paused ? { paused, note: 'A simulated clock runs this loop.' } : { paused },
        } satisfies ScheduleOptions;
        await callTemporal(settings, () => whenReady(() => createOrUpdate(client, options)));
      }
    },
  };
}

/** A server that has just started answers before its scheduler does; nothing else here is worth a second try. */
async function whenReady(work: () => Promise<void>): Promise<void> {
  for (const deadline = Date.now() + START_UP; ; await sleep(250)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ServiceError) || isConnectionError(error) || Date.now() > deadline) throw error;
    }
  }
}

async function createOrUpdate(client: Client, options: ScheduleOptions): Promise<void> {
  const handle = client.schedule.getHandle(options.scheduleId);
  try {
    // A person's pause outlives a changed declaration: only what the declaration says is replaced.
    await handle.update((previous) => ({
      spec: options.spec,
      action: options.action as never,
      policies: options.policies ?? {},
      state: { ...previous.state },
    }));
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
    await client.schedule.create(options);
  }
}
