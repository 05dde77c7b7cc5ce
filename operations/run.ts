import { type ScheduledLoop } from '../core/ports.ts';
import { type Instant } from '../core/time.ts';
import { momentAsked } from './moment.ts';
import { type OperationPorts } from './ports.ts';

/** Runs a loop once for a moment (now, unless said), the same way its schedule does. */
export const createRun = ({ pipelines, runs, clock }: OperationPorts) => ({
  async start(loop: ScheduledLoop, name: string, asOf?: Instant): Promise<string> {
    const pipeline = await pipelines.applied(name);
    await runs.requireWorker();
    return runs.start(loop, { pipeline, asOf: momentAsked(clock, asOf) });
  },
  /** Returns when a worker asks for work; throws NO_WORKER while none does. */
  ready: () => runs.requireWorker(),
  state: (workflowId: string) => runs.state(workflowId),
  result: (workflowId: string) => runs.result(workflowId),
});
