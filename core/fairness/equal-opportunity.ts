import type { Measure } from './measure.ts';
import { truePositives } from './rates.ts';

/** Whether positives of each group are found equally often. https://arxiv.org/abs/1610.02413 */
export const equalOpportunity: Measure = {
  title: 'equal opportunity',
  labels: ['binary', 'class'],
  rates: [truePositives],
  hasRatio: true,
};
