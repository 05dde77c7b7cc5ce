import { estimateAlert } from '../../../core/alerts/rules/performance-alerts.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { withheldBy } from '../../../core/performance/unreliable.ts';
import { before, instant } from '../../../core/time/time.ts';
import assert from 'node:assert/strict';

describe('the alert for estimates that cannot be relied on', () => {
  const asOf = instant(Date.parse('2026-03-02T12:00:00.000Z'));
  const summaryOf = (changes: Partial<Verdict>): string | undefined =>
    estimateAlert({ id: 'v', pipeline: 'fraud', version: 3, asOf, performance: [], ...changes } as unknown as Verdict)
      ?.summary;

  const withheld = '34 % of the scores lie where the holdout has none';
  const none = { estimated: { rows: 9, withheld, metrics: {} } };
  const one = { estimated: { rows: 9, withheld: null, metrics: {} } };
  /** A check every six hours, up to now; how the last of them stands. */
  const checked = (...checks: Pick<Verdict, 'estimated'>[]): Verdict =>
    checks.reduce<Verdict | null>((last, check, i) => {
      const at = { id: 'v', pipeline: 'fraud', version: 3, asOf: before(asOf, `${6 * (checks.length - 1 - i)} hours`) };
      const estimated = withheldBy({ ...at, ...check }, last);
      return { ...at, ...(estimated && { estimated }) } as Verdict;
    }, null)!;

  it('is raised when none could be made for a day, with the reason', () => {
    const alert = estimateAlert(checked(one, none, none, none, none, none));
    assert.equal(alert?.summary, 'fraud: how v3 performs cannot be estimated');
    assert.ok(alert.detail.startsWith(`${withheld}.\nThe model has not been tested on rows like these`), alert.detail);
  });

  it('is not raised for odd hours', () => {
    assert.equal(estimateAlert(checked(none, none, none, none)), null);
    assert.equal(estimateAlert(checked(none, none, one, none, none, none, none)), null);
    assert.equal(checked(none, one).estimated!.withheldSince, undefined);
  });

  it('counts from the last check of a release that did not store since when', () => {
    const last = { asOf: before(asOf, '1 day'), version: 3, ...none };
    assert.equal(withheldBy({ asOf, version: 3, ...none }, last)!.withheldSince, last.asOf);
    assert.equal(withheldBy({ asOf, version: 4, ...none }, last)!.withheldSince, asOf, 'another version serves');
  });

  it('is still raised for wrong estimates in the first hours without any', () => {
    assert.match(summaryOf({ ...none, foretold: { days: 4, held: 0, error: 0.1 } })!, /often wrong/);
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

  it('is not raised for what was said of other versions', () => {
    const foretold = { days: 4, held: 0, error: 0.1 };
    assert.match(summaryOf({ foretold })!, /how v3 performs/);
    assert.equal(summaryOf({ foretold: { ...foretold, ofOthers: true } }), undefined);
  });
});
