import { unwatchedAlert } from '../../../core/alerts/rules/watching-alerts.ts';
import { unwatchedBy } from '../../../core/drift/unwatched.ts';
import { type Verdict } from '../../../core/drift/verdict.ts';
import { DAY, instant } from '../../../core/time/time.ts';
import assert from 'node:assert/strict';

const START = Date.parse('2026-03-01T00:00:00.000Z');
const tells = { abstained: null };
const abstains = { abstained: 'The window has 12 rows, but a check needs 500 (drift.minRows).' };
const unsure = { abstained: null, unsure: 'it is too early to tell what is usual: rows of 9 hours are known, and 48 are needed' }; // prettier-ignore
type Check = Pick<Verdict, 'abstained' | 'unsure'>;

/** A check a day; how the last of them stands. */
const checked = (...checks: Check[]): Verdict =>
  checks.reduce<Verdict | null>((before, check, day) => {
    const at = { pipeline: 'fraud', asOf: instant(START + day * DAY), rows: { reference: 900, current: 12 } };
    const unwatched = unwatchedBy({ ...at, ...check }, before);
    return { ...at, ...check, ...(unwatched && { unwatched }) } as Verdict;
  }, null)!;
const days = (count: number, check: Check): Check[] => Array.from({ length: count }, () => check);

describe('a pipeline whose drift no check can tell', () => {
  it('tells a person after a week, not in the first days of a new pipeline', () => {
    assert.equal(unwatchedAlert(checked(...days(7, unsure))), null);
    const alert = unwatchedAlert(checked(...days(8, unsure)))!;
    assert.equal(alert.severity, 'warning');
    assert.equal(alert.summary, 'fraud: the drift alarm has not been able to judge since 2026-03-01T00:00Z');
    assert.match(
      alert.detail,
      /^It is too early to tell what is usual: rows of 9 hours are known, and 48 are needed\./,
    );
    assert.match(alert.detail, /falseAlarms: 'off'/);
  });

  it('tells sooner where checks could tell before, but not of a quiet weekend', () => {
    assert.equal(unwatchedAlert(checked(tells, ...days(3, abstains))), null);
    const alert = unwatchedAlert(checked(tells, ...days(4, abstains)))!;
    assert.equal(alert.summary, 'fraud: no check has been able to tell of drift since 2026-03-02T00:00Z');
    assert.match(alert.detail, /^The window has 12 rows, but a check needs 500 \(drift\.minRows\)\.\nNothing notices/);
    assert.match(alert.detail, /drift\.window/);
  });

  it('is told of once a week while it lasts, whether its checks abstain or are unsure', () => {
    const occasions = [8, 9, 14, 15].map((count) => {
      const [one, ...others] = days(count, unsure).map((check, day) => (day % 2 ? abstains : check));
      return unwatchedAlert(checked(one!, ...others))!.occasion;
    });
    assert.equal(new Set(occasions).size, 2, String(occasions));
    assert.equal(occasions[0], occasions[2]);
  });

  it('begins anew after a check that could tell', () => {
    assert.equal(checked(...days(20, unsure), tells).unwatched, undefined);
    const again = checked(...days(20, unsure), tells, abstains);
    assert.deepEqual(again.unwatched, { since: again.asOf, toldBefore: true });
  });

  it('begins with the last check of a release that did not store it', () => {
    const before = { asOf: instant(START - DAY), ...unsure } as Verdict;
    assert.deepEqual(unwatchedBy({ asOf: instant(START), ...unsure }, before)?.since, before.asOf);
  });
});
