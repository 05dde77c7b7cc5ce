import type { Measure } from './measure.ts';
import { scoreBeyondLabel } from './rates.ts';

/** Whether a score means the same share of positives in each group, on average. https://arxiv.org/abs/1609.05807 */
export const calibration: Measure = {
  title: 'calibration by group',
  labels: ['binary', 'class'],
  rates: [scoreBeyondLabel],
  hasRatio: false,
};
