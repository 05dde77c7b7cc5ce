import type { CareInput, CareResult } from '../core/runs/care.ts';
import type { OperationPorts } from './ports.ts';

/** Removes what is old and what nothing names, as its daily schedule does. */
export const createCare = ({ runs }: OperationPorts) => ({
  async start(input: CareInput): Promise<string> {
    await runs.requireWorker();
    return runs.startCare(input);
  },
  result: async (workflowId: string) => (await runs.result(workflowId)) as CareResult,
});
