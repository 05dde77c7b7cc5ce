import type { CareInput, CareResult } from '../core/runs/care.ts';
import { acts, reads } from './door.ts';
import type { OperationPorts } from './ports.ts';

/** Removes what is old and what nothing names, as its daily schedule does. */
export const createCare = ({ runs }: OperationPorts) => ({
  start: acts(({ record }) => async (input: CareInput): Promise<string> => {
    await runs.requireWorker();
    const workflowId = await runs.startCare(input);
    await record({ action: 'care', pipeline: null, details: { ...input, workflowId } });
    return workflowId;
  }),
  result: reads(async (workflowId: string) => (await runs.result(workflowId)) as CareResult),
});
