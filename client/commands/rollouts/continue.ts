import { ordering } from './order.ts';

export const continues = ordering('continue', {
  summary: 'Let a held or paused rollout continue',
  done: 'Continuing with',
});
