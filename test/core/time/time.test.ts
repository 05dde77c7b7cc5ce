import assert from 'node:assert/strict';
import {
  after,
  before,
  earliest,
  floorTo,
  latest,
  milliseconds,
  parseMoment,
  shortTime,
} from '../../../core/time/time.ts';

describe('durations', () => {
  it('are read in seconds, minutes, hours, days and weeks, singular or plural', () => {
    const read = ['1 second', '90 minutes', '24 hours', '1 day', '2 weeks'].map(milliseconds);
    assert.deepEqual(read, [1_000, 5_400_000, 86_400_000, 86_400_000, 1_209_600_000]);
  });

  it('that cannot be read are refused with their text', () => {
    for (const text of ['7d', '1.5 days', '-1 day', '1  day', '1 month', ''])
      assert.throws(() => milliseconds(text), new RangeError(`"${text}" is not a duration like "7 days"`));
  });
});

describe('moments', () => {
  it('are read as ISO 8601, in UTC where no zone is named', () => {
    const read = [
      '2026-01-03',
      '2026-01-03T02:00Z',
      '2026-01-03 02:00',
      '2026-01-03T03:00:00+01',
      '2026-01-03T02:00:00.5Z',
    ];
    assert.deepEqual(
      read.map((text) => new Date(parseMoment(text)!).toISOString()),
      [
        '2026-01-03T00:00:00.000Z',
        '2026-01-03T02:00:00.000Z',
        '2026-01-03T02:00:00.000Z',
        '2026-01-03T02:00:00.000Z',
        '2026-01-03T02:00:00.500Z',
      ],
    );
    assert.ok(parseMoment('2024-02-29') !== null);
  });

  it('that no calendar or clock has are refused', () => {
    for (const text of [
      '2026-02-30',
      '2026-02-29T10:00Z',
      '2026-04-31',
      '2026-13-01',
      '2026-01-00',
      '2026-01-03T25:00Z',
    ])
      assert.equal(parseMoment(text), null, text);
    for (const text of ['yesterday', '3 Jan 2026', '2026-1-3', '1767405600', ''])
      assert.equal(parseMoment(text), null, text);
  });

  it('move by durations, across the ends of months and years', () => {
    assert.equal(after('2026-02-28T12:00:00.000Z', '1 day'), '2026-03-01T12:00:00.000Z');
    assert.equal(before('2026-01-01T00:00:00.000Z', '1 hour'), '2025-12-31T23:00:00.000Z');
  });

  it('stay a day of 24 hours apart when clocks change', () => {
    assert.equal(after('2026-03-28T12:00:00.000Z', '1 day'), '2026-03-29T12:00:00.000Z');
  });

  it('are truncated to whole steps, before 1970 too', () => {
    assert.equal(floorTo('2026-01-03T02:59:59.999Z', '1 hour'), '2026-01-03T02:00:00.000Z');
    assert.equal(floorTo('2026-01-03T00:00:00.000Z', '1 day'), '2026-01-03T00:00:00.000Z');
    assert.equal(floorTo('1969-12-31T23:30:00.000Z', '1 day'), '1969-12-31T00:00:00.000Z');
  });

  it('are compared as moments, not as text', () => {
    const [evening, sameEvening] = ['2026-01-01T23:00:00.000Z', '2026-01-02T00:30:00+02:00'];
    assert.equal(earliest(evening, sameEvening), '2026-01-01T22:30:00.000Z');
    assert.equal(latest(evening, sameEvening), evening);
  });

  it('lose only zero seconds in the short form used in ids', () => {
    assert.equal(shortTime('2026-01-03T02:00:00.000Z'), '2026-01-03T02:00Z');
    assert.equal(shortTime('2026-01-03T00:00:00.000Z'), '2026-01-03T00:00Z');
    assert.equal(shortTime('2026-01-03T02:00:07.000Z'), '2026-01-03T02:00:07Z');
  });
});
