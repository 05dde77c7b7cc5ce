import type { JudgedSnapshot, OfEachRow } from './expectation.ts';

export const duplicateKeys: OfEachRow<JudgedSnapshot> = {
  count: ({ summary }) => ({ unexpected: summary.duplicateKeys, rows: summary.rows, allowed: 'none' }),
  examples: 'most frequent',
  limits: 'counts',
};
