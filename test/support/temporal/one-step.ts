import { proxyActivities } from '@temporalio/workflow';

/** A workflow of one step that moves rows, as workflows/steps/steps.ts has them, but with less patience. */
export const oneStep = (): Promise<string> =>
  proxyActivities<{ step(): Promise<string> }>({
    taskQueue: 'doomed',
    startToCloseTimeout: '1 hour',
    scheduleToCloseTimeout: '7 days',
    heartbeatTimeout: '1 second',
    retry: { initialInterval: '50 milliseconds', backoffCoefficient: 1 },
  }).step();
