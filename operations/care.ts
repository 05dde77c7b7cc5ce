import type { CareInput, CareResult } from '../core/runs/care.ts';
import type { Runs } from '../core/runs/runs.ts';
import { acts, reads } from './door.ts';

export interface CarePorts {
  runs: Pick<Runs, 'requireWorker' | 'startCare' | 'result'>;
}

/** Removes old rows and unreferenced objects, as its daily schedule does. */
export const createCare = ({ runs }: CarePorts) => ({
  start: acts(({ record }) => async (input: CareInput): Promise<string> => {
    await runs.requireWorker();
    const workflowId = await runs.startCare(input);
    await record({ action: 'care', pipeline: null, details: { ...input, workflowId } });
    return workflowId;
  }),
  result: reads(async (workflowId: string) => (await runs.result(workflowId)) as CareResult),
});
