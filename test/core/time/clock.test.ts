import { clockSetting, createClock } from '../../../adapters/machine/clock.ts';
import { decisionTime, refuseAhead } from '../../../core/time/clock.ts';
import { MINUTE } from '../../../core/time/time.ts';
import assert from 'node:assert/strict';

const [START, NEXT_YEAR] = ['2026-01-19T00:00:00.000Z', '2027-01-19T00:00:00.000Z'];
const clock = (speed: number) => createClock(clockSetting(new Date(START), new Date(), speed));

describe('the time of a decision', () => {
  it('is what a running clock shows, whatever time a message names', () => {
    assert.ok(decisionTime(clock(1), NEXT_YEAR) < '2026-01-20');
    assert.ok(decisionTime(clock(1_800), NEXT_YEAR) < '2026-01-20');
  });

  it('is the latest moment mentioned on a clock that stands still', () => {
    assert.equal(decisionTime(clock(0), NEXT_YEAR, '2025-01-01T00:00:00.000Z'), NEXT_YEAR);
    assert.equal(decisionTime(clock(0)), START);
  });
});

describe('a moment in the future', () => {
  it('is refused, with the current time, unless it lies within the tolerance', () => {
    assert.throws(() => refuseAhead(clock(1), NEXT_YEAR), {
      code: 'REQUEST_INVALID',
      message: /^2027-01-19T00:00:00.000Z is in the future: it is 2026-01-19T00:0/,
    });
    refuseAhead(clock(1), '2026-01-19T00:04:00.000Z', 5 * MINUTE);
    refuseAhead(clock(1), START);
  });

  it('moves a clock on that stands still', () => refuseAhead(clock(0), NEXT_YEAR));
});
