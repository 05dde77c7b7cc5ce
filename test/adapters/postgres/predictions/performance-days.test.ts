import { createPerformanceDays } from '../../../../adapters/postgres/predictions/performance-days.ts';
import { addRow, emptyTally } from '../../../../core/performance/tally.ts';
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

describe("a version's first days", () => {
  const database = perennialDatabase();

  it('are the earliest with labels in a stretch of time, without the bins of scores', async () => {
    const { first, record } = createPerformanceDays(database());
    const tally = emptyTally();
    addRow(tally, 'binary', { score: 0.9, label: 1 });
    const at = (day: number) => `2026-03-0${day}T00:00:00.000Z`;
    const slices = { abroad: tally };
    const dayOf = (day: number, version: number, counted = tally, closed = true) => ({ day: at(day), known: at(9), closed, arms: [{ version, answered: 1, tally: counted, slices, sliced: 's' }] }); // prettier-ignore
    await record('fraud', [dayOf(1, 3), dayOf(2, 3, emptyTally()), dayOf(3, 2), dayOf(4, 3), dayOf(5, 3, tally, false), dayOf(6, 3), dayOf(7, 3), dayOf(8, 3)]); // prettier-ignore
    const found = await first('fraud', 3, { from: at(2), to: at(8) }, 2);
    const { bins, ...rest } = tally;
    assert.ok(bins);
    assert.deepEqual(found, [4, 6].map((day) => ({ day: at(day), tally: rest, sliced: 's', slices: { abroad: rest } }))); // prettier-ignore
  });
});
