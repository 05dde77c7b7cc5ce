import { limitsOf } from '../columns/index.ts';
import type { JudgedColumn, OfEachRow } from './expectation.ts';

const MOST_LISTED = 10;

export const undeclaredLevels: OfEachRow<JudgedColumn> = {
  count({ declared, summary }) {
    const { levels } = limitsOf(declared);
    if (!levels) return null;
    return { unexpected: summary.undeclared, rows: summary.rows, allowed: `only ${listed(levels)}` };
  },
  examples: 'most frequent',
  limits: 'values',
};

const listed = (levels: readonly string[]): string =>
  levels.slice(0, MOST_LISTED).join(', ') +
  (levels.length > MOST_LISTED ? ` and ${levels.length - MOST_LISTED} more` : '');
