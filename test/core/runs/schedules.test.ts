import { jitterOf } from '../../../core/runs/schedules.ts';
import { MINUTE, SECOND } from '../../../core/time/time.ts';
import assert from 'node:assert/strict';

describe('the jitter of a schedule', () => {
  const jitter = (cron: string) => jitterOf({ cron, zone: 'UTC' });

  it('is a tenth of the time from one run to the next', () => {
    assert.equal(jitter('0 * * * *'), 6 * MINUTE);
    assert.equal(jitter('*/5 * * * *'), 30 * SECOND);
    assert.equal(jitter('* * * * *'), 6 * SECOND);
  });

  it('is ten minutes at most', () => {
    assert.equal(jitter('0 2 * * *'), 10 * MINUTE);
    assert.equal(jitter('0 3 * * 0'), 10 * MINUTE);
    assert.equal(jitter('0 0 29 2 *'), 10 * MINUTE);
  });
});
