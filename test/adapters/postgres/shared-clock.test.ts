import { clockSetting } from '../../../adapters/machine/clock.ts';
import { createSharedClock } from '../../../adapters/postgres/shared-clock.ts';
import { DAY, HOUR, instant, MINUTE } from '../../../core/time/time.ts';
import { perennialDatabase } from '../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe('the clock that all processes share', () => {
  const database = perennialDatabase();
  const machine = Date.now;
  afterEach(() => void (Date.now = machine));

  it("is the database's, however wrong the machine's own clock is", async () => {
    Date.now = () => machine() + 365 * DAY;
    const clock = await createSharedClock(database()).read();
    assert.ok(Math.abs(clock.now().getTime() - machine()) < MINUTE, `it shows ${instant(clock.now())}`);
    const left = clock.millisecondsUntil(instant(clock.now().getTime() + HOUR));
    assert.equal(left, HOUR);
    assert.equal(clock.millisecondsUntil('2026-01-01T00:00:00.000Z'), 0);
  });

  it('is the simulated one where there is one', async () => {
    const setting = clockSetting(new Date('2026-01-19T00:00:00.000Z'), new Date(), 0);
    const clock = await createSharedClock(database(), setting).read();
    assert.equal(instant(clock.now()), '2026-01-19T00:00:00.000Z');
    assert.equal(clock.millisecondsUntil('2026-01-20T00:00:00.000Z'), Infinity);
  });
});
