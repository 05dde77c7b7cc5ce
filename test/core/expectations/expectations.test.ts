import type { ColumnSummary, SnapshotSummary } from '../../../core/data/data.ts';
import { describeExpectation, judgeExpectations, limitsValues } from '../../../core/expectations/index.ts';
import type { Pipeline } from '../../../core/declaration/pipeline.ts';
import assert from 'node:assert/strict';

const NOW = '2026-03-15T12:00:00.000Z';
const aSummary = (changes: Partial<SnapshotSummary> = {}): SnapshotSummary => ({
  rows: 1000,
  duplicateKeys: 0,
  oldest: '2026-03-01T00:00:00.000Z',
  newest: '2026-03-15T10:00:00.000Z',
  columns: [],
  ...changes,
});
const column = (name: string, changes: Partial<ColumnSummary> = {}): ColumnSummary => ({
  column: name,
  rows: 1000,
  nulls: 0,
  min: null,
  max: null,
  mean: null,
  below: 0,
  above: 0,
  undeclared: 0,
  levels: [],
  ...changes,
});

/** What is broken of a declaration with these columns and expectations, in words. */
function broken(
  { columns = {}, ...expectations }: Partial<Pipeline['expectations']> & { columns?: Pipeline['columns'] },
  summary: SnapshotSummary,
  labels: { rows: number; positives: number } | null = null,
): string[] {
  const pipeline = {
    columns,
    expectations: { minRows: 100, ...expectations },
    source: { lateness: '1 hour' },
    label: { name: 'is_fraud' },
  } as unknown as Pipeline;
  return judgeExpectations(pipeline, summary, labels, NOW)
    .filter((one) => !one.passed)
    .map(describeExpectation);
}

describe('the expectations of a snapshot', () => {
  it('require enough rows, and each key once', () => {
    assert.deepEqual(broken({}, aSummary({ rows: 99, duplicateKeys: 2 })), [
      'snapshot: rows 99, allowed at least 100',
      'snapshot: duplicate keys in 2 of 99 rows (2.02 %), allowed none',
    ]);
    assert.deepEqual(broken({}, aSummary({ rows: 100 })), []);
  });

  it('allow the newest row to be as old as declared, plus the lateness', () => {
    const declared = { freshWithin: '2 hours' };
    assert.deepEqual(broken(declared, aSummary({ newest: '2026-03-15T09:00:00.000Z' })), []);
    assert.deepEqual(broken(declared, aSummary({ newest: '2026-03-15T08:59:59.000Z' })), [
      'snapshot: newest row 2026-03-15T08:59:59.000Z, allowed at 2026-03-15T09:00:00.000Z or later',
    ]);
    assert.equal(broken(declared, aSummary({ newest: null })).length, 1);
  });

  it('check the share of positive labels, once there are mature rows', () => {
    const declared = { labelShare: { min: 0.01, max: 0.05 } };
    assert.deepEqual(broken(declared, aSummary(), { rows: 1000, positives: 100 }), [
      'is_fraud: positive labels 10.00 %, allowed 1.00 % to 5.00 %',
    ]);
    assert.deepEqual(broken(declared, aSummary(), { rows: 1000, positives: 50 }), []);
    assert.deepEqual(broken(declared, aSummary(), { rows: 0, positives: 0 }), []);
  });

  it('check that a number stays within its bounds, and its nulls below their share', () => {
    const columns: Pipeline['columns'] = { amount: { kind: 'number', min: 0, max: 10, nulls: 0.01 } };
    const summary = aSummary({ columns: [column('amount', { nulls: 20, min: -1, max: 11, below: 1, above: 12 })] });
    assert.deepEqual(broken({ columns }, summary), [
      'amount: nulls in 20 of 1,000 rows (2.00 %), allowed at most 1.00 %',
      'amount: values below the minimum in 1 of 1,000 rows (0.10 %), allowed at least 0',
      'amount: values above the maximum in 12 of 1,000 rows (1.20 %), allowed at most 10',
    ]);
    assert.deepEqual(
      broken({ columns }, aSummary({ columns: [column('amount', { nulls: 10, min: 0, max: 10 })] })),
      [],
    );
  });

  it('never report a small share as less than it is', () => {
    const columns: Pipeline['columns'] = { amount: { kind: 'number', min: 0, nulls: 0 } };
    const found = column('amount', { rows: 1_234_567, min: -1, max: 1, below: 3 });
    assert.deepEqual(broken({ columns }, aSummary({ rows: 1_234_567, columns: [found] })), [
      'amount: values below the minimum in 3 of 1,234,567 rows (<0.01 %), allowed at least 0',
    ]);
  });

  it('count undeclared levels without naming them, and forbid none when none are declared', () => {
    const levels = ['nl', 'de', 'xx'].map((level) => ({ level, rows: 10 }));
    const summary = aSummary({ columns: [column('country', { levels, undeclared: 10 })] });
    assert.deepEqual(broken({ columns: { country: { kind: 'category', levels: ['nl', 'de'], nulls: 0 } } }, summary), [
      'country: undeclared levels in 10 of 1,000 rows (1.00 %), allowed only nl, de',
    ]);
    const none = aSummary({ columns: [column('country', { levels })] });
    assert.deepEqual(broken({ columns: { country: { kind: 'category', nulls: 0 } } }, none), []);
    const many = Array.from({ length: 12 }, (_, i) => `l${i}`);
    assert.deepEqual(broken({ columns: { country: { kind: 'category', levels: many, nulls: 0 } } }, summary), [
      'country: undeclared levels in 10 of 1,000 rows (1.00 %), allowed only l0, l1, l2, l3, l4, l5, l6, l7, l8, l9 and 2 more',
    ]);
  });

  it('do not reveal what another release allowed as values of a sensitive column', () => {
    const stored = { column: 'amount', allowed: 'between 3 and 7', observed: 'none', passed: true, unexpected: 0 };
    assert.equal(limitsValues({ ...stored, name: 'values between limits' }), true);
    assert.equal(limitsValues({ ...stored, name: 'nulls' }), false);
  });
});
