import type { ScheduledLoop } from '../core/runs/schedules.ts';
import type { Instant } from '../core/time/time.ts';
import { momentAsked } from './moment.ts';
import type { OperationPorts } from './ports.ts';

/** Runs a loop once for a moment (now, unless said), the same way its schedule does. */
export const createRun = ({ pipelines, runs, audit, sharedClock }: OperationPorts) => ({
  /** `by`: the person who asks, for the audit. */
  async start(loop: ScheduledLoop, name: string, asOf?: Instant, by?: string): Promise<string> {
    const pipeline = await pipelines.applied(name);
    await runs.requireWorker();
    const workflowId = await runs.start(loop, { pipeline, asOf: await momentAsked(sharedClock, asOf) });
    if (by !== undefined) await audit.record({ who: by, action: 'run', pipeline: name, details: { loop, workflowId } });
    return workflowId;
  },
  /** Returns when a worker asks for work; throws NO_WORKER while none does. */
  ready: () => runs.requireWorker(),
  state: (workflowId: string) => runs.state(workflowId),
  result: (workflowId: string) => runs.result(workflowId),
});
