import { limitsOf } from '../columns/index.ts';
import type { JudgedColumn, OfEachRow } from './expectation.ts';

export const below: OfEachRow<JudgedColumn> = {
  count({ declared, summary }) {
    const { min } = limitsOf(declared);
    if (min === undefined || summary.min === null) return null;
    return { unexpected: summary.below, rows: summary.rows, allowed: `at least ${min}` };
  },
  examples: 'lowest',
  limits: 'values',
};

export const above: OfEachRow<JudgedColumn> = {
  count({ declared, summary }) {
    const { max } = limitsOf(declared);
    if (max === undefined || summary.max === null) return null;
    return { unexpected: summary.above, rows: summary.rows, allowed: `at most ${max}` };
  },
  examples: 'highest',
  limits: 'values',
};
