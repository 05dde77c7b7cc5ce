import { UserError } from '../core/base/errors/errors.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import type { Run, RunState, Runs } from '../core/runs/runs.ts';
import { acts, reads } from './door.ts';

export interface RunsPorts {
  pipelines: Pick<Pipelines, 'applied'>;
  runs: Pick<Runs, 'list' | 'find' | 'cancel' | 'state'>;
}

/** Lists current and ended runs of all loops, and cancels one. */
export const createRuns = ({ pipelines, runs }: RunsPorts) => ({
  /** The newest, of one pipeline or of all. */
  list: reads(async (pipeline?: string, limit = 20): Promise<Run[]> => {
    if (pipeline !== undefined) await pipelines.applied(pipeline);
    return runs.list({ ...(pipeline !== undefined && { pipeline }), limit });
  }),

  /** Asks a run to end; it cleans up first. Returns its state a moment later: remaining work is in `steps`. */
  cancel: acts(({ record }) => async (workflowId: string): Promise<RunState> => {
    const run = await runs.find(workflowId);
    if (run.status !== 'running')
      throw new UserError('REQUEST_INVALID', `${workflowId} has already ended: it is ${run.status}.`);
    if (run.loop === 'retraining' && run.asOf === null)
      throw new UserError(
        'REQUEST_INVALID',
        `${workflowId} listens all the time and restarts when it is needed. To pause it: ` +
          `perennial pause ${run.pipeline} retraining. To cancel one of its trainings, use that run's id (perennial runs ${run.pipeline}).`,
      );
    // Recorded before, since the request cannot be repeated once the run has ended.
    await record({ action: 'cancel', pipeline: run.pipeline, details: { workflowId, runId: run.runId } });
    await runs.cancel(workflowId);
    return runs.state(workflowId);
  }),
});
