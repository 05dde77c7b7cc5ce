import type { Measure } from './measure.ts';
import { absoluteErrors } from './rates.ts';

/** Whether estimates are equally far off in each group. */
export const absoluteError: Measure = {
  title: 'mean absolute error by group',
  labels: ['number'],
  rates: [absoluteErrors],
  hasRatio: true,
};
