import { ordering } from '../../ordering.ts';

export const hold = ordering('hold', {
  summary: 'Keep the rollout in its step; what is worse is still rolled back',
  done: 'Holding',
});
