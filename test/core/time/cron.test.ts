import assert from 'node:assert/strict';
import { isCron, nextMoment } from '../../../core/time/cron.ts';

describe('isCron', () => {
  it('accepts numbers, names, lists, ranges, steps and nicknames', () => {
    for (const text of [
      '0 2 * * *',
      '*/15 * * * *',
      '0 9-17/2 * * 1-5',
      '5,35 0 1 1,7 *',
      ' 0  3 * * 7 ',
      '10/20 * * * *',
      '0 2 * * MON-FRI',
      '0 2 * jan,JUL Sat-Sun',
      '@daily',
      '@hourly',
    ])
      assert.ok(isCron(text), text);
  });

  it('refuses values out of range, empty steps, reversed ranges, a wrong number of fields, and what Temporal cannot read', () => {
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
      '0 2 * *',
      '0 0 2 * * *',
      'MON 2 * * *',
      '0 2 * * MONDAY',
      '0 2 * * FRI#2',
      '0 2 L * *',
      '0 2 15W * *',
      '0 2 ? * 1',
      '0 2 1 * +1',
      '@reboot',
      '@every 5m',
      '@Daily',
      '',
    ])
      assert.ok(!isCron(text), text);
  });
});

describe('the moments of a schedule', () => {
  /** The first of them in UTC from Thursday, 2026-01-01. */
  function momentsOf(cron: string, count: number, zone = 'UTC', from = '2025-12-31T23:59:59.000Z'): string[] {
    const moments: string[] = [];
    for (let at = nextMoment({ cron, zone }, from); at && moments.length < count; at = nextMoment({ cron, zone }, at))
      moments.push(at.slice(5, 16));
    return moments;
  }

  it('are each Sunday at three, written as 0, as 7 or by name', () => {
    assert.deepEqual(momentsOf('0 3 * * 0', 2), ['01-04T03:00', '01-11T03:00']);
    assert.deepEqual(momentsOf('0 3 * * 7', 2), ['01-04T03:00', '01-11T03:00']);
    assert.deepEqual(momentsOf('0 3 * * SUN', 2), ['01-04T03:00', '01-11T03:00']);
    assert.deepEqual(momentsOf('0 3 * * 6-7', 3), ['01-03T03:00', '01-04T03:00', '01-10T03:00']);
    assert.deepEqual(momentsOf('0 3 * * SAT-SUN', 3), ['01-03T03:00', '01-04T03:00', '01-10T03:00']);
  });

  it('count steps from the start of the field or of the range', () => {
    assert.deepEqual(momentsOf('*/30 0 1 * *', 3), ['01-01T00:00', '01-01T00:30', '02-01T00:00']);
    assert.deepEqual(momentsOf('10/25 6 2 1 *', 2), ['01-02T06:10', '01-02T06:35']);
    assert.deepEqual(momentsOf('0 8-12/2 5 * *', 3), ['01-05T08:00', '01-05T10:00', '01-05T12:00']);
  });

  it("match both day fields when both are restricted, as Temporal's schedules do", () => {
    assert.deepEqual(momentsOf('0 0 1-7 * 1', 2), ['01-05T00:00', '02-02T00:00']);
  });

  it('are read by the clock of their zone', () => {
    assert.deepEqual(momentsOf('@daily', 2, 'Asia/Kolkata'), ['01-01T18:30', '01-02T18:30']);
    const summer = momentsOf('0 6 * * MON-FRI', 3, 'Europe/Berlin', '2026-03-27T00:00:00.000Z');
    assert.deepEqual(summer, ['03-27T05:00', '03-30T04:00', '03-31T04:00']);
  });

  it('come after the given moment, which does not count itself', () => {
    const next = (cron: string, after: string) =>
      nextMoment({ cron, zone: 'UTC' }, `${after}:00.000Z`)?.slice(0, 16) ?? null;
    assert.equal(next('0 2 * * *', '2026-01-03T02:00'), '2026-01-04T02:00');
    assert.equal(next('*/15 * * * *', '2026-01-03T02:07'), '2026-01-03T02:15');
    assert.equal(next('0 0 29 2 *', '2026-01-05T00:00'), '2028-02-29T00:00');
    assert.equal(next('0 0 29 2 *', '2096-03-01T00:00'), '2104-02-29T00:00');
    assert.equal(next('0 0 31 2 *', '2026-01-05T00:00'), null);
  });
});
