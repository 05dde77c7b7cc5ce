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

  it('names the level that gained most, and no value of a row, which only the report has', () => {
    const rows: ShownRow[] = ['later', 'later'].map((value) => ({ value, time: RAISED }));
    const line = (label: string): string =>
      lineOf(aboutColumn('merchant', { explained: { ...found, movers: [{ label, place: 3, reference: 0, current: 0.12 }], rows } }), 'merchant'); // prettier-ignore
    assert.match(line('travel'), /: travel 0 % → 12 % of rows, /);
    assert.match(line('all other levels'), /: all other levels 0 % → 12 % of rows, /);
  });

  it('says of what the alarm saw before that the rows of the window alone do not show it, and never that it is over', () => {
    const alone = { explained: { ...found, found: false }, drifted: false };
    const earlier = '2026-03-02T15:00:00.000Z';
    assert.match(lineOf(aboutColumn('amount', alone, earlier), 'amount'), /^ {2}amount has been higher than usual since about 2026-03-02T15:00Z, while this window's rows alone do not show it \(over, or too small to see in them\), alarm raised at 2026-03-02T15:00Z: .*PSI /); // prettier-ignore
    // Of a change that has just begun the window has few rows, and one past its limits is shown by them.
    for (const verdict of [aboutColumn('amount', alone), aboutColumn('amount', { ...alone, drifted: true }, earlier)])
      assert.doesNotMatch(lineOf(verdict, 'amount'), /alone/);
  });

  it('does not say so of columns that are named together, none of which its rows show alone', () => {
    const since = { at: '2026-03-02T15:00:00.000Z', from: '2026-03-02T12:00:00.000Z', to: '2026-03-02T18:00:00.000Z' };
    const verdict = aboutColumn('amount', { explained: { ...found, found: false, since }, drifted: false }, since.at);
    verdict.alarm!.raised = verdict.alarm!.raised.map((one) => ({ ...one, together: true }));
    assert.match(lineOf(verdict, 'amount'), /^ {2}amount has, like others, been higher than usual since 2026-03-02T15:00Z \(.*\), alarm raised/); // prettier-ignore
  });
});
