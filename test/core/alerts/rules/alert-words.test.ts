import { quarantineAlert } from '../../../../core/alerts/alert-words.ts';
import { undeliveredAlert } from '../../../../core/alerts/rules/undelivered-alert.ts';
import { promotedAlert } from '../../../../core/alerts/rules/rollout-alerts.ts';
import { type Expectation } from '../../../../core/data/data.ts';
import assert from 'node:assert/strict';

const at = '2026-03-01T02:00:00.000Z';

describe('the alert for a quarantined snapshot', () => {
  const unmet = (column: string | null, name: string): Expectation => ({
    column,
    name,
    observed: '42 of 126,610 rows',
    allowed: 'at most 0.00 %',
    passed: false,
  });
  const summaryOf = (...expectations: Expectation[]): string =>
    quarantineAlert({ id: 's1', pipeline: 'fraud', asOf: at, expectations, reportKey: 'r' }).summary;

  it('says in its subject for which columns and why, since a pager shows nothing else', () => {
    const met = { ...unmet('amount', 'nulls'), passed: true };
    assert.equal(
      summaryOf(met, unmet('weight', 'nulls'), unmet(null, 'rows')),
      'fraud: the data of 2026-03-01T02:00Z is quarantined for weight (nulls), too few rows',
    );
    const many = ['a', 'b', 'c', 'd', 'e'].map((column) => unmet(column, 'nulls'));
    assert.match(summaryOf(...many), /is quarantined for a \(nulls\), b \(nulls\), c \(nulls\) and 2 more$/);
  });
});

describe('the news of a champion', () => {
  const detailOf = (backTo: number | null): string =>
    promotedAlert({ pipeline: 'fraud', version: 3, backTo, reason: 'It is better.', at, by: 'cycle c1' }).detail;

  it('says how to go back to the version before, where there is one', () => {
    assert.match(detailOf(2), /models show fraud v3\. To go back .*: perennial rollback fraud$/);
    assert.match(detailOf(null), /models show fraud v3$/);
  });
});

describe('the alert for messages that do not arrive', () => {
  it('names three of those whom they do not reach, and counts the others', () => {
    const failing = Array.from({ length: 5 }, (_, i) => ({
      channel: 'email' as const,
      target: `${i}@example.com`,
      pipelines: ['fraud'],
      messages: 1,
      attempts: 5,
      since: at,
      error: 'it is down',
      givenUp: false,
    }));
    const summaryOf = (count: number): string => undeliveredAlert('fraud', failing.slice(0, count), at).summary;
    assert.match(summaryOf(3), /reach mail to 0@example\.com, mail to 1@example\.com, mail to 2@example\.com$/);
    assert.match(summaryOf(4), / and one other$/);
    assert.match(summaryOf(5), / and 2 others$/);
  });
});
