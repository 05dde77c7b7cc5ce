import { derivationOf, nullsOf } from '../columns/index.ts';
import { percent, type JudgedColumn, type OfEachRow } from './expectation.ts';

export const nulls: OfEachRow<JudgedColumn> = {
  count({ declared, summary: { nulls, rows } }) {
    if (derivationOf(declared) !== null || rows === 0) return null;
    const mostShare = nullsOf(declared);
    return { unexpected: nulls, rows, allowed: `at most ${percent(mostShare)}`, mostShare };
  },
  examples: 'earliest',
  limits: 'counts',
};
