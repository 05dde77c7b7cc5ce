import type { JudgedSnapshot, OfTheWhole } from './expectation.ts';

export const rows: OfTheWhole<JudgedSnapshot> = {
  judge({ pipeline: { expectations }, summary }) {
    const { minRows } = expectations;
    return {
      column: null,
      allowed: `at least ${minRows}`,
      observed: String(summary.rows),
      passed: summary.rows >= minRows,
    };
  },
};
