import { ordering } from './order.ts';

export const abort = ordering('abort', {
  summary: 'End the rollout and give its traffic back to the champion',
  done: 'Aborted the rollout of',
});
