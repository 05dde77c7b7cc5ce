import { clockSetting, createClock } from '../../../adapters/machine/clock.ts';
import assert from 'node:assert/strict';

describe('a clock', () => {
  const from = new Date('2026-01-19T00:00:00.000Z');

  it('runs as many times as fast as its setting says', () => {
    const since = new Date(Date.now() - 10_000);
    const ahead =
      createClock(clockSetting(from, since, 1_800))
        .now()
        .getTime() - from.getTime();
    assert.ok(ahead >= 18_000_000 && ahead < 18_000_000 + 1_800 * 5_000, `it is ${ahead} ms ahead`);
  });

  it('gives the real length of a wait, which never ends on a stopped clock', () => {
    const fast = createClock(clockSetting(from, new Date(), 3_600));
    const hour = fast.millisecondsUntil('2026-01-19T10:00:00.000Z');
    assert.ok(hour > 9_000 && hour <= 10_000, `${hour} ms`);
    const resting = createClock(clockSetting(from, new Date(), 0));
    assert.equal(resting.millisecondsUntil('2026-01-19T10:00:00.000Z'), Infinity);
    assert.equal(resting.millisecondsUntil('2026-01-19T00:00:00.000Z'), 0);
  });

  it('refuses a setting that it cannot read, and shows a valid one', () => {
    assert.throws(() => createClock('tomorrow'), /PERENNIAL_CLOCK is "tomorrow".*FROM\/SINCE\/SPEED/);
  });
});
