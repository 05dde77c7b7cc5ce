import { createPredictionLog } from '../../../../adapters/postgres/predictions/prediction-log.ts';
import { createLosses } from '../../../../adapters/postgres/rollout/losses.ts';
import { type Prediction } from '../../../../core/data/prediction-log.ts';
import { after, type Instant } from '../../../../core/time/time.ts';
import { aPrediction } from '../../../server/fakes.ts';
import { shipmentOf } from '../../../support/shipments.ts';
import { NOW, perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

describe('the losses of two versions', () => {
  const database = perennialDatabase();
  const labelling = { asOf: after(NOW, '10 days'), maturesAfter: '7 days', whenAbsent: 0 };
  const since = (options = {}) => createLosses(database()).since('fraud', [1, 2], NOW, { ...labelling, ...options });
  let rows = 0;
  const at = (time: Instant, changes: Partial<Prediction>): Prediction =>
    aPrediction({ id: randomUUID(), key: `k${++rows}`, entity: null, time, servedAt: time, ...changes });
  const served = async (...predictions: Prediction[]): Promise<void> =>
    void (await createPredictionLog(database()).append(shipmentOf(predictions)));
  const label = (key: string, value: number, observedAt = after(NOW, '1 day')) =>
    database().query('insert into labels (pipeline, key, value, observed_at, known_at) values ($1, $2, $3, $4, $4)', [
      'fraud',
      key,
      value,
      observedAt,
    ]);
  const close = (one: number | undefined, other: number) => assert.ok(Math.abs(one! - other) < 1e-9, `${one} ${other}`);

  it('are log losses of mature rows since the step began, by version', async () => {
    await served(
      at(after(NOW, '1 hour'), { key: 'fraud', version: 1, score: 0.25 }),
      at(after(NOW, '1 hour'), { version: 2, score: 0.5 }),
      at(after(NOW, '1 hour'), { version: 2, score: 0 }), // sure of what is true: the loss of 0.001
      at(after(NOW, '4 days'), { version: 1, score: 0.9 }), // its label can still come
      at('2026-01-10T00:00:00.000Z', { version: 1, score: 0.9 }), // before the step
    );
    await label('fraud', 1);
    const found = await since();
    assert.deepEqual([found.get(1)?.count, found.get(2)?.count], [1, 2]);
    close(found.get(1)?.sum, -Math.log(0.25));
    close(found.get(2)?.sum, -Math.log(0.5) - Math.log(0.999));
    close(found.get(2)?.squares, Math.log(0.5) ** 2 + Math.log(0.999) ** 2);
  });

  it('count an entity once, by its mean', async () => {
    const entity = 'card-1';
    const time = after(NOW, '1 hour');
    await served(at(time, { version: 1, entity, score: 0.5 }), at(time, { version: 1, entity, score: 0.75 }));
    const { count, sum } = (await since()).get(1)!;
    assert.equal(count, 1);
    close(sum, (-Math.log(0.5) - Math.log(0.25)) / 2);
  });

  it('are absolute errors for a label that is a number, and nothing of rows without one', async () => {
    const time = after(NOW, '1 hour');
    await served(at(time, { key: 'known', version: 1, score: 10 }), at(time, { version: 1, score: 99 }));
    await label('known', 13);
    const { count, sum } = (await since({ kind: 'number', whenAbsent: null })).get(1)!;
    assert.deepEqual([count, sum], [1, 3]);
  });
});
