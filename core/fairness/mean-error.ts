import type { Measure } from './measure.ts';
import { signedError } from './rates.ts';

/** Whether estimates lean to the same side in each group. */
export const meanError: Measure = { title: 'mean error', labels: ['number'], rates: [signedError], hasRatio: false };
