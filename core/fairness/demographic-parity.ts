import type { Measure } from './measure.ts';
import { selected } from './rates.ts';

/**
 * Whether groups are called positive equally often, right or wrong.
 * https://fairlearn.org/main/user_guide/assessment/common_fairness_metrics.html
 */
export const demographicParity: Measure = {
  title: 'demographic parity',
  labels: ['binary', 'class'],
  rates: [selected],
  hasRatio: true,
};
