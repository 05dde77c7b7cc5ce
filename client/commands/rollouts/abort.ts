import { ordering } from '../../ordering.ts';

export const abort = ordering('abort', {
  summary: 'End the rollout and give its traffic back to the champion',
  done: 'Aborted the rollout of',
});
