import { estimateAlert } from '../../../core/alerts/performance-alerts.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import assert from 'node:assert/strict';

describe('the alert for estimates that cannot be relied on', () => {
  const asOf = '2026-03-02T12:00:00.000Z';
  const summaryOf = (changes: Partial<Verdict>): string | undefined =>
    estimateAlert({ id: 'v', pipeline: 'fraud', version: 3, asOf, ...changes } as Verdict)?.summary;

  it('is raised when none can be made, with the reason', () => {
    const withheld = '34 % of the scores lie where the holdout has none';
    const alert = estimateAlert({
      pipeline: 'fraud',
      version: 3,
      estimated: { rows: 9, withheld, metrics: {} },
    } as Verdict);
    assert.equal(alert?.summary, 'fraud: how v3 performs cannot be estimated');
    assert.ok(alert.detail.startsWith(`${withheld}.\nThe model has not been tested on rows like these`), alert.detail);
  });

  it('is raised when labels show that fewer were held than chance explains, and not before', () => {
    // scipy.stats.binom.cdf(held, days, 0.9): 0.0001 and 0.0037; 0.00046 and 0.0086; 0.0005 (20 of 30) and 0.0020
    for (const [held, days] of [[0, 4], [1, 5], [20, 30]] as const)
      assert.match(summaryOf({ foretold: { days, held, error: 0.1 } })!, /often wrong/, `${held} of ${days}`); // prettier-ignore
    for (const [held, days] of [
      [1, 4],
      [2, 5],
      [21, 30],
      [9, 10],
    ] as const)
      assert.equal(summaryOf({ foretold: { days, held, error: 0.1 } }), undefined, `${held} of ${days}`);
    assert.equal(summaryOf({}), undefined);
  });

  it('names no version where the days were of others too', () => {
    const foretold = { days: 4, held: 0, error: 0.1 };
    assert.match(summaryOf({ foretold })!, /how v3 performs/);
    assert.equal(
      summaryOf({ foretold: { ...foretold, ofOthers: true } }),
      'fraud: estimates of how its models perform are often wrong',
    );
  });
});
