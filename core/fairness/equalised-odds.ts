import type { Measure } from './measure.ts';
import { falsePositives, truePositives } from './rates.ts';

/**
 * Whether positives of each group are found, and negatives wrongly called positive, equally often.
 * https://arxiv.org/abs/1610.02413
 */
export const equalisedOdds: Measure = {
  title: 'equalised odds',
  labels: ['binary', 'class'],
  rates: [truePositives, falsePositives],
  hasRatio: true,
};
