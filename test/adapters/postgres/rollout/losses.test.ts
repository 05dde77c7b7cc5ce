import { createPredictionLog } from '../../../../adapters/postgres/predictions/prediction-log.ts';
import { createLosses } from '../../../../adapters/postgres/rollout/losses.ts';
import { createTallies } from '../../../../adapters/postgres/rollout/tallies.ts';
import { type Prediction } from '../../../../core/data/predictions/prediction-log.ts';
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

  it('are log losses of mature rows since the step began, per version', async () => {
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

  it('leave out rows whose callers named the version', async () => {
    const time = after(NOW, '1 hour');
    await served(at(time, { version: 1, score: 0.5 }), at(time, { version: 1, score: 0.9, named: true }));
    const { count, sum } = (await since()).get(1)!;
    assert.equal(count, 1);
    close(sum, -Math.log(0.5));
  });

  it('are absolute errors where the label is a number, and nothing for rows without one', async () => {
    const time = after(NOW, '1 hour');
    await served(at(time, { key: 'known', version: 1, score: 10 }), at(time, { version: 1, score: 99 }));
    await label('known', 13);
    const { count, sum } = (await since({ kind: 'number', whenAbsent: null })).get(1)!;
    assert.deepEqual([count, sum], [1, 3]);
  });

  describe('on the same rows', () => {
    /** Version 1 answered, and version 2 was its shadow in generation 4. */
    const beside = async (prediction: Prediction, score: number, generation = 4): Promise<void> => {
      await served(prediction);
      const { id, time } = prediction;
      const kept = { pipeline: 'fraud', generation, version: 2, id, time, score };
      for (let i = 0; i < 2; i++) await createTallies(database()).keep([kept]); // a repeated call adds nothing
    };
    const paired = (options = {}) =>
      createLosses(database()).paired(
        'fraud',
        { generation: 4, shadow: 2, answering: 1 },
        { ...labelling, ...options },
      );
    const time = after(NOW, '1 hour');

    it('are pairs of mature rows of that generation that the other version answered too', async () => {
      await beside(at(time, { key: 'fraud', version: 1, score: 0.25 }), 0.5);
      await beside(at(time, { version: 1, score: 0.5 }), 0.2);
      await beside(at(after(NOW, '4 days'), { version: 1 }), 0.9); // its label can still come
      await beside(at(time, { version: 0 }), 0.9); // the mean label answered
      await beside(at(time, { version: 1 }), 0.9, 3);
      await label('fraud', 1);
      const { count, one, other, products, rarer } = await paired();
      assert.deepEqual([count, rarer], [2, 1]);
      const [mine, theirs] = [[-Math.log(0.5), -Math.log(0.8)], [-Math.log(0.25), -Math.log(0.5)]]; // prettier-ignore
      close(one.sum, mine[0]! + mine[1]!);
      close(other.squares, theirs[0]! ** 2 + theirs[1]! ** 2);
      close(products, mine[0]! * theirs[0]! + mine[1]! * theirs[1]!);
    });

    it('count an entity once, by its means', async () => {
      for (const score of [0.5, 0.75]) await beside(at(time, { version: 1, entity: 'card-1', score }), score);
      const { count, one } = await paired();
      assert.equal(count, 1);
      close(one.sum, (-Math.log(0.5) - Math.log(0.25)) / 2);
    });

    it('are absolute errors for a number, and nothing before any label', async () => {
      await beside(at(time, { key: 'known', version: 1, score: 10 }), 14);
      const options = { kind: 'number', whenAbsent: null };
      assert.deepEqual([(await paired(options)).count, (await paired(options)).one.sum], [0, 0]);
      await label('known', 13);
      const { one, other, rarer } = await paired(options);
      assert.deepEqual([one.sum, other.sum, rarer], [1, 3, null]);
    });
  });
});
