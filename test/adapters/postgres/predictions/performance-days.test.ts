import { createPerformanceDays } from '../../../../adapters/postgres/predictions/performance-days.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe('estimates of days', () => {
  const database = perennialDatabase();
  const day = '2026-03-04T00:00:00.000Z';
  const within = { from: day, to: '2026-03-05T00:00:00.000Z' };

  it('keep why there is none, and one of batches stays', async () => {
    const { recordEstimate, estimates } = createPerformanceDays(database());
    const likely = { value: 0.7, low: 0.6, high: 0.8 };
    const ofRequests = { day, version: 3, metrics: { rocAuc: likely }, batched: false };
    const ofBatches = { day, version: 3, metrics: {}, batched: true, withheld: 'its rows cannot be read (OBJECT_MISSING)' };
    await recordEstimate('fraud', ofRequests);
    assert.deepEqual(await estimates('fraud', within), [{ ...ofRequests, withheld: null }]);
    for (const each of [ofBatches, ofRequests]) await recordEstimate('fraud', each);
    assert.deepEqual(await estimates('fraud', within), [ofBatches]);
  }); // prettier-ignore
});
