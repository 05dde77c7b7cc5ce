import { createBatches } from '../../../../adapters/postgres/predictions/batches.ts';
import { createPredictionLog } from '../../../../adapters/postgres/predictions/prediction-log.ts';
import { type Instant } from '../../../../core/time/time.ts';
import { aVersion, perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

const day = (of: number): Instant => `2026-03-${String(of).padStart(2, '0')}T00:00:00.000Z`;

describe('batches in the prediction log', () => {
  const database = perennialDatabase();

  it('are those that a version published and that have rows of the stretch, the newest first', async () => {
    const { name: pipeline, revision } = database.ref();
    for (const run of ['run-1', 'run-2']) await aVersion(database(), run);
    const batches = createBatches(database());
    async function open(id: string, [from, to]: [Instant, Instant], { asOf = to, version = 1 } = {}): Promise<void> {
      await database().query(
        `insert into snapshots (id, pipeline, revision, as_of, status) values ($1, $2, $3, $4, 'published')`,
        [`of ${id}`, pipeline, revision, asOf],
      );
      await batches.open({ id, pipeline, revision, asOf, version, snapshot: `of ${id}`, window: { from, to } });
    }
    await open('later', [day(9), day(10)]);
    await open('last', [day(7), day(9)], { asOf: '2026-03-09T01:00:00.000Z' });
    await open('another version', [day(6), day(7)], { version: 2 });
    await open('scoring', [day(6), day(8)]);
    await open('first', [day(4), day(6)]);
    await open('before', [day(4), day(5)]);
    for (const id of ['later', 'last', 'another version', 'first', 'before']) await batches.publish(pipeline, id, []);

    const log = createPredictionLog(database());
    assert.deepEqual(await log.batched(pipeline, 1, { from: day(5), to: day(9) }), [
      { snapshot: 'of last', window: { from: day(7), to: day(9) } },
      { snapshot: 'of first', window: { from: day(4), to: day(6) } },
    ]);
  });
});
