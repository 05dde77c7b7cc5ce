import { ordering } from '../../ordering.ts';

export const skip = ordering('skip', {
  summary: 'Take the rollout to its next step now',
  done: 'Skipped a step of',
});
