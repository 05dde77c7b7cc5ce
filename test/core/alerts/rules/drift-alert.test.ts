import { driftAlert } from '../../../../core/alerts/rules/drift-alert.ts';
import { type Explained } from '../../../../core/drift/explaining/explained.ts';
import { type ShownRow } from '../../../../core/drift/explaining/shown-rows.ts';
import { type ColumnDrift, type Verdict } from '../../../../core/drift/verdict.ts';
import { aDriftReport, aPipeline } from '../../../reports/fixtures.ts';
import assert from 'node:assert/strict';

const { drift } = aPipeline();
const RAISED = '2026-03-04T04:00:00.000Z';
const found = { q: 0, found: true, designEffect: 1, since: null, movers: [], score: null } satisfies Explained;

/** A check with an alarm about one column, which is so. */
function aboutColumn(name: string, changes: Partial<ColumnDrift>, raisedAt = RAISED): Verdict {
  const { verdict } = aDriftReport();
  const raised = { column: name, of: 'location', direction: 'higher', since: raisedAt, raisedAt } as const;
  return {
    ...verdict,
    level: 'drifting',
    alarm: { rate: '1 a year', raised: [raised] },
    columns: verdict.columns.map((one) => (one.column === name ? { ...one, ...changes } : one)),
  };
}
const lineOf = (verdict: Verdict, name: string): string =>
  driftAlert(verdict, drift)!.detail.split('\n').find((line) => line.startsWith(`  ${name} `))!; // prettier-ignore

describe('the alert for drift', () => {
  it('says of a number what its mean was and is, by which a person knows another unit', () => {
    const line = lineOf(aboutColumn('amount', { mean: { reference: 2.0446, current: 124.93 }, explained: found }), 'amount'); // prettier-ignore
    assert.match(line, /^ {2}amount has been higher .*: mean 2\.04 → 125, PSI /);
  });

  it('says how many nulls came, and no mean that is hidden', () => {
    const nullShare = { reference: 0.01, current: 0.12 };
    assert.match(lineOf(aboutColumn('amount', { mean: null, nullShare }), 'amount'), /: nulls 1 % → 12 %, PSI /);
  });

  it('names the level that gained most, also a new one that all rows show which show it', () => {
    const shown = (...values: string[]): ShownRow[] => values.map((value) => ({ value, time: RAISED }));
    const line = (label: string, rows: ShownRow[]): string =>
      lineOf(aboutColumn('merchant', { explained: { ...found, movers: [{ label, place: 3, reference: 0, current: 0.12 }], rows } }), 'merchant'); // prettier-ignore
    assert.match(line('travel', []), /: travel 0 % → 12 % of rows, /);
    assert.match(
      line('all other levels', shown('later', 'later')),
      /: all other levels \(later\) 0 % → 12 % of rows, /,
    );
    for (const rows of [[], shown('later'), shown('later', 'sooner')])
      assert.match(line('all other levels', rows), /: all other levels 0 % → 12 % of rows, /);
  });

  it('says that a column is as usual again while the alarm still holds earlier hours', () => {
    const over = { explained: { ...found, found: false } };
    const earlier = '2026-03-02T15:00:00.000Z';
    assert.match(lineOf(aboutColumn('amount', over, earlier), 'amount'), /^ {2}amount has been higher than usual, and is as usual again in this window, alarm raised at 2026-03-02T15:00Z, which ends once the hours before are past: PSI /); // prettier-ignore
    // Of a change that has just begun the window has few rows.
    assert.match(lineOf(aboutColumn('amount', over), 'amount'), /than usual since about 2026-03-04T04:00Z, alarm raised/); // prettier-ignore
  });
});
