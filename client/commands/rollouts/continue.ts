import { ordering } from '../../ordering.ts';

export const continues = ordering('continue', {
  summary: 'Let a held or paused rollout continue',
  done: 'Continuing with',
});
