import { cronMatches, nextCron } from '../../core/cron.ts';
import { missedDue, passedBetween } from '../../core/missed.ts';
import { instant, MINUTE } from '../../core/time.ts';
import * as fc from 'fast-check';
import assert from 'node:assert/strict';

describe('the next moment that a cron text names', () => {
  it('is the first after the one given, which does not count itself', () => {
    const next = (text: string, after: string) => nextCron(text, `${after}:00.000Z`)?.slice(0, 16);
    assert.equal(next('0 2 * * *', '2026-01-03T02:00'), '2026-01-04T02:00');
    assert.equal(next('*/15 * * * *', '2026-01-03T02:07'), '2026-01-03T02:15');
    assert.equal(next('0 3 * * 0', '2026-01-05T00:00'), '2026-01-11T03:00');
    assert.equal(next('0 0 29 2 *', '2026-01-05T00:00'), '2028-02-29T00:00');
    assert.equal(next('0 0 29 2 *', '2096-03-01T00:00'), '2104-02-29T00:00');
    assert.equal(next('0 0 31 2 *', '2026-01-05T00:00'), undefined);
  });

  it('is what looking at each minute finds', () => {
    const texts = fc.constantFrom('*/7 3-5 * * *', '59 23 * * 1-5', '30 */6 * * 2', '1,2 0,12 * * 6');
    const times = fc.integer({ min: 0, max: 365 * 24 * 60 });
    fc.assert(
      fc.property(texts, times, (text, minutes) => {
        const from = Date.parse('2026-01-01T00:00:30.000Z') + minutes * MINUTE;
        let expected = Math.floor(from / MINUTE) * MINUTE + MINUTE;
        while (!cronMatches(text, instant(expected)) && expected < from + 400 * 24 * 60 * MINUTE) expected += MINUTE;
        assert.equal(nextCron(text, instant(from)), instant(expected));
      }),
      { numRuns: 30 },
    );
  });
});

describe('a loop that did not run when it was due', () => {
  const missed = (cron: string, last: string | null, now: string) =>
    missedDue(cron, last && `${last}:00.000Z`, `${now}:00.000Z`)?.slice(0, 16) ?? null;

  it('has half the time until the next due moment, ten minutes at least and six hours at most', () => {
    assert.equal(missed('0 * * * *', '2026-01-03T02:00', '2026-01-03T03:29'), null);
    assert.equal(missed('0 * * * *', '2026-01-03T02:00', '2026-01-03T03:30'), '2026-01-03T03:00');
    assert.equal(missed('*/5 * * * *', '2026-01-03T02:00', '2026-01-03T02:14'), null);
    assert.equal(missed('*/5 * * * *', '2026-01-03T02:00', '2026-01-03T02:15'), '2026-01-03T02:05');
    assert.equal(missed('0 2 * * *', '2026-01-03T02:00', '2026-01-04T07:59'), null);
    assert.equal(missed('0 2 * * *', '2026-01-03T02:00', '2026-01-04T08:00'), '2026-01-04T02:00');
  });

  it('is told by the newest moment it missed, also when it has never run', () => {
    assert.equal(missed('0 * * * *', '2026-01-01T02:00', '2026-01-03T03:40'), '2026-01-03T03:00');
    assert.equal(missed('0 * * * *', null, '2026-01-03T03:40'), '2026-01-03T03:00');
  });

  it('counts what has gone by, up to a day ago', () => {
    const passed = (to: string) => passedBetween('0 3 * * 0', '2026-01-01T00:00:00.000Z', `${to}:00.000Z`);
    assert.deepEqual([passed('2026-01-04T12:00'), passed('2026-01-05T03:00'), passed('2026-01-20T00:00')], [0, 1, 3]);
  });
});
