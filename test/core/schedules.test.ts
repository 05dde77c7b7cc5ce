import { jitterOf } from '../../core/schedules.ts';
import { MINUTE, SECOND } from '../../core/time.ts';
import assert from 'node:assert/strict';

describe('the jitter of a schedule', () => {
  it('is a tenth of the time from one run to the next', () => {
    assert.equal(jitterOf('0 * * * *'), 6 * MINUTE);
    assert.equal(jitterOf('*/5 * * * *'), 30 * SECOND);
    assert.equal(jitterOf('* * * * *'), 6 * SECOND);
  });

  it('is ten minutes at most', () => {
    assert.equal(jitterOf('0 2 * * *'), 10 * MINUTE);
    assert.equal(jitterOf('0 3 * * 0'), 10 * MINUTE);
    assert.equal(jitterOf('0 0 29 2 *'), 10 * MINUTE);
  });
});
