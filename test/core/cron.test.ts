import assert from 'node:assert/strict';
import { cronMatches, isCron } from '../../core/cron.ts';

describe('isCron', () => {
  it('accepts numbers, lists, ranges and steps', () => {
    for (const text of [
      '0 2 * * *',
      '*/15 * * * *',
      '0 9-17/2 * * 1-5',
      '5,35 0 1 1,7 *',
      ' 0  3 * * 7 ',
      '10/20 * * * *',
    ])
      assert.ok(isCron(text), text);
  });

  it('refuses values out of range, empty steps, turned ranges, names and other counts of fields', () => {
    for (const text of [
      '60 * * * *',
      '* 24 * * *',
      '* * 0 * *',
      '* * 32 * *',
      '* * * 13 *',
      '* * * * 8',
      '*/0 * * * *',
      '5-1 * * * *',
      '1, * * * *',
      '-1 * * * *',
      '1.5 * * * *',
      '0 2 * * MON',
      '@daily',
      '0 2 * *',
      '0 0 2 * * *',
      '',
    ])
      assert.ok(!isCron(text), text);
  });
});

describe('cronMatches', () => {
  /** All minutes of the two weeks from Thursday, 2026-01-01 that a cron text names. */
  function minutesOf(text: string): string[] {
    const start = Date.UTC(2026, 0, 1);
    return Array.from({ length: 14 * 24 * 60 }, (_, i) => new Date(start + i * 60_000).toISOString())
      .filter((time) => cronMatches(text, time))
      .map((time) => time.slice(5, 16));
  }

  it('names each Sunday at three, written as 0 or as 7', () => {
    assert.deepEqual(minutesOf('0 3 * * 0'), ['01-04T03:00', '01-11T03:00']);
    assert.deepEqual(minutesOf('0 3 * * 7'), ['01-04T03:00', '01-11T03:00']);
    assert.deepEqual(minutesOf('0 3 * * 6-7'), ['01-03T03:00', '01-04T03:00', '01-10T03:00', '01-11T03:00']);
  });

  it('counts steps from the start of the field or of the range', () => {
    assert.deepEqual(minutesOf('*/30 0 1 * *'), ['01-01T00:00', '01-01T00:30']);
    assert.deepEqual(minutesOf('10/25 6 2 1 *'), ['01-02T06:10', '01-02T06:35']);
    assert.deepEqual(minutesOf('0 8-12/2 5 * *'), ['01-05T08:00', '01-05T10:00', '01-05T12:00']);
  });

  it('fires once an hour and once a day as the default schedules say', () => {
    assert.equal(minutesOf('0 * * * *').length, 14 * 24);
    assert.equal(minutesOf('0 2 * * *').length, 14);
  });

  it("wants both day fields when both are restricted, as Temporal's schedules do", () => {
    assert.deepEqual(minutesOf('0 0 1-7 * 1'), ['01-05T00:00']);
  });

  it('goes by UTC, whatever seconds there are', () => {
    assert.ok(cronMatches('30 23 * * *', '2026-03-29T23:30:59.999Z'));
    assert.ok(cronMatches('30 23 * * *', '2026-03-30T01:30:00+02:00'));
    assert.ok(!cronMatches('30 23 * * *', '2026-03-29T23:31:00.000Z'));
  });

  it('knows the leap day', () => {
    assert.ok(cronMatches('0 0 29 2 *', '2028-02-29T00:00:00.000Z'));
    assert.ok(!cronMatches('0 0 29 2 *', '2027-03-01T00:00:00.000Z'));
  });
});
