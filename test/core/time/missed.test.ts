import { missedDue, passedBetween } from '../../../core/time/missed.ts';
import assert from 'node:assert/strict';

describe('a loop that did not run when it was due', () => {
  const missed = (cron: string, last: string | null, now: string) =>
    missedDue({ cron, zone: 'UTC' }, last && `${last}:00.000Z`, `${now}:00.000Z`)?.slice(0, 16) ?? null;

  it('has half the time until the next due moment, ten minutes at least and six hours at most', () => {
    assert.equal(missed('0 * * * *', '2026-01-03T02:00', '2026-01-03T03:29'), null);
    assert.equal(missed('0 * * * *', '2026-01-03T02:00', '2026-01-03T03:30'), '2026-01-03T03:00');
    assert.equal(missed('*/5 * * * *', '2026-01-03T02:00', '2026-01-03T02:14'), null);
    assert.equal(missed('*/5 * * * *', '2026-01-03T02:00', '2026-01-03T02:15'), '2026-01-03T02:05');
    assert.equal(missed('0 2 * * *', '2026-01-03T02:00', '2026-01-04T07:59'), null);
    assert.equal(missed('0 2 * * *', '2026-01-03T02:00', '2026-01-04T08:00'), '2026-01-04T02:00');
  });

  it('is reported with the newest time it missed, even if it has never run', () => {
    assert.equal(missed('0 * * * *', '2026-01-01T02:00', '2026-01-03T03:40'), '2026-01-03T03:00');
    assert.equal(missed('0 * * * *', null, '2026-01-03T03:40'), '2026-01-03T03:00');
  });

  it('is counted as missed for up to a day back', () => {
    const passed = (to: string) =>
      passedBetween({ cron: '0 3 * * 0', zone: 'UTC' }, '2026-01-01T00:00:00.000Z', `${to}:00.000Z`);
    assert.deepEqual([passed('2026-01-04T12:00'), passed('2026-01-05T03:00'), passed('2026-01-20T00:00')], [0, 1, 3]);
  });
});
