import { createApply } from './apply.ts';
import { createModels } from './models.ts';
import { type OperationPorts } from './ports.ts';
import { createReports } from './reports.ts';
import { createRetrain } from './retrain.ts';
import { createRun } from './run.ts';
import { createStatus } from './status.ts';

/** What a person or program may ask of Perennial, whichever way they come: command line, console or API. */
export const createOperations = (ports: OperationPorts) => ({
  apply: createApply(ports),
  run: createRun(ports),
  retraining: createRetrain(ports),
  models: createModels(ports),
  status: createStatus(ports),
  reports: createReports(ports),
});
export type Operations = ReturnType<typeof createOperations>;
export type { Applied } from './apply.ts';
export type { OperationPorts } from './ports.ts';
export type { PipelineStatus } from './status.ts';
