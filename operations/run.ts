import type { Pipelines } from '../core/declaration/pipelines.ts';
import type { Runs } from '../core/runs/runs.ts';
import type { ScheduledLoop } from '../core/runs/schedules.ts';
import type { SharedClock } from '../core/time/clock.ts';
import type { Instant } from '../core/time/time.ts';
import { acts, reads } from './door.ts';
import { momentAsked } from './moment.ts';

export interface RunPorts {
  pipelines: Pick<Pipelines, 'applied'>;
  runs: Pick<Runs, 'requireWorker' | 'start' | 'state' | 'result'>;
  sharedClock: SharedClock;
}

/** Runs a loop once for a moment (now, unless said), the same way its schedule does. An automation says why. */
export const createRun = ({ pipelines, runs, sharedClock }: RunPorts) => ({
  start: acts(
    ({ actor, record }) =>
      async (loop: ScheduledLoop, name: string, asOf?: Instant, why?: string): Promise<string> => {
        const pipeline = await pipelines.applied(name);
        await runs.requireWorker();
        const workflowId = await runs.start(loop, {
          pipeline,
          asOf: await momentAsked(sharedClock, asOf),
          ...(actor.from === 'automation' && why !== undefined && { automation: { by: actor.name, why } }),
        });
        await record({ action: 'run', pipeline: name, details: { loop, workflowId } });
        return workflowId;
      },
  ),
  /** Returns when a worker polls; throws NO_WORKER while none does. */
  ready: reads(() => runs.requireWorker()),
  state: reads((workflowId: string) => runs.state(workflowId)),
  result: reads((workflowId: string) => runs.result(workflowId)),
});
