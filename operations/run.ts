import type { ScheduledLoop } from '../core/runs/schedules.ts';
import type { Instant } from '../core/time/time.ts';
import { acts, reads } from './door.ts';
import { momentAsked } from './moment.ts';
import type { OperationPorts } from './ports.ts';

/** Runs a loop once for a moment (now, unless said), the same way its schedule does. */
export const createRun = ({ pipelines, runs, sharedClock }: OperationPorts) => ({
  start: acts(({ record }) => async (loop: ScheduledLoop, name: string, asOf?: Instant): Promise<string> => {
    const pipeline = await pipelines.applied(name);
    await runs.requireWorker();
    const workflowId = await runs.start(loop, { pipeline, asOf: await momentAsked(sharedClock, asOf) });
    await record({ action: 'run', pipeline: name, details: { loop, workflowId } });
    return workflowId;
  }),
  /** Returns when a worker asks for work; throws NO_WORKER while none does. */
  ready: reads(() => runs.requireWorker()),
  state: reads((workflowId: string) => runs.state(workflowId)),
  result: reads((workflowId: string) => runs.result(workflowId)),
});
