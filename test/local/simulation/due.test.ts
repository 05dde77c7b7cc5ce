import { dueBetween } from '../../../local/simulation/due.ts';
import assert from 'node:assert/strict';

const pipeline = {
  schedules: {
    data: '0 2 * * *',
    retraining: '0 3 * * 0',
    monitoring: '0 * * * *',
    prediction: 'off',
    lifecycle: 'off',
  },
};

describe('the due moments that a simulated clock passes', () => {
  it('are those of each loop between one moment and the other', () => {
    assert.deepEqual(dueBetween(pipeline, '2026-01-19T01:30:00.000Z', '2026-01-19T02:00:00.000Z'), [
      { loop: 'data', asOf: '2026-01-19T02:00:00.000Z' },
      { loop: 'monitoring', asOf: '2026-01-19T02:00:00.000Z' },
    ]);
    assert.deepEqual(dueBetween(pipeline, '2026-01-19T02:00:00.000Z', '2026-01-19T02:59:59.000Z'), []);
  });

  it('include only the last of the moments that a loop has missed, as a catch-up would run it', () => {
    assert.deepEqual(dueBetween(pipeline, '2026-01-19T00:30:00.000Z', '2026-01-21T12:10:00.000Z'), [
      { loop: 'data', asOf: '2026-01-21T02:00:00.000Z' },
      { loop: 'monitoring', asOf: '2026-01-21T12:00:00.000Z' },
    ]);
  });

  it('include the weekly request to retrain, on Sundays only', () => {
    const loops = (from: string, to: string) => dueBetween(pipeline, from, to).map((due) => due.loop);
    assert.ok(loops('2026-01-25T02:59:00.000Z', '2026-01-25T03:00:00.000Z').includes('retraining'));
    assert.ok(!loops('2026-01-24T02:59:00.000Z', '2026-01-24T03:00:00.000Z').includes('retraining'));
  });
});
