import { type Batch, type BatchPrediction, partsWithin } from '../../../core/data/predictions/batches.ts';
import { type PipelineInput } from '../../../core/declaration/pipeline.ts';
import { before as earlier, type Instant } from '../../../core/time/time.ts';
import { AS_OF, type Rig } from '../../support/steps/activities.ts';
import { failureOf } from '../../support/steps/failures.ts';
import { queryParquet } from '../../support/data/parquet.ts';
import { runSql } from '../../support/postgres/postgres.ts';
import {
  NEXT_DAY,
  openCycle,
  openRig,
  promoteAndClose,
  takeSnapshot,
  trainVersion,
} from '../../support/steps/stages.ts';
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The fraud example's rows are complete an hour later. */
const [FROM, TO] = [earlier(AS_OF, '25 hours'), earlier(AS_OF, '1 hour')];

describe('the steps of a prediction @slow', () => {
  let rig: Rig;
  let snapshot: string;
  afterEach(() => rig?.close());

  const open = async (asOf: Instant = AS_OF) =>
    rig.run('openBatch', {
      pipeline: rig.ref,
      asOf,
      snapshot: asOf === AS_OF ? snapshot : await takeSnapshot(rig, asOf),
    });
  const score = (batch: string, extraction: string) => rig.run('scorePart', { pipeline: 'fraud', batch, extraction });
  const publish = (batch: string) => rig.run('publishBatch', { pipeline: 'fraud', batch });
  async function predict(asOf: Instant = AS_OF): Promise<Batch> {
    const batch = (await open(asOf))!;
    for (const part of batch.missing) await score(batch.id, part.extraction);
    await publish(batch.id);
    return rig.ports.batches.get('fraud', batch.id);
  }
  const visible = async (): Promise<Record<string, unknown>[]> =>
    (await runSql(rig.url, 'select * from perennial.published_predictions order by key')).rows;
  const files = (batch: string): Promise<string[]> => readdir(join(rig.folder, 'objects', 'batches', 'fraud', batch));

  it('wait for a champion', async () => {
    rig = await openRig('snapshot');
    snapshot = (await rig.run('publishedSnapshot', { pipeline: rig.ref, asOf: AS_OF }))!;
    assert.equal(await open(), null);
    assert.deepEqual(await rig.ports.batches.list('fraud', 10), []);
  });

  describe('with a champion', () => {
    beforeEach(async () => {
      rig = await openRig('champion');
      snapshot = (await rig.run('publishedSnapshot', { pipeline: rig.ref, asOf: AS_OF }))!;
    });

    it('use the snapshot of a moment only if it is of that very moment and revision', async () => {
      assert.equal(snapshot, (await rig.ports.snapshots.latest('fraud', AS_OF))!.id);
      assert.equal(await rig.run('publishedSnapshot', { pipeline: rig.ref, asOf: NEXT_DAY }), null);
      const other = await rig.apply({ description: 'another' });
      assert.equal(await rig.run('publishedSnapshot', { pipeline: other, asOf: AS_OF }), null);
    });

    it("score every row of the window once, exactly as the champion does, with the threshold's decision", async () => {
      const batch = await predict();
      assert.deepEqual(batch.window, { from: FROM, to: TO });
      assert.deepEqual([batch.status, batch.version, batch.snapshot], ['published', 1, snapshot]);

      const parts = partsWithin((await rig.ports.snapshots.get(snapshot)).parts, batch.window);
      assert.equal(parts.length, 2, 'a day from one to one');
      const paths = await Promise.all(parts.map((part) => rig.ports.cache.fetch(part)));
      const rows = await queryParquet(
        paths,
        `select _key as key from $files where _time >= '${FROM}' and _time < '${TO}' order by _key`,
      );
      const predicted = await visible();
      assert.ok(rows.length > 300);
      assert.equal(batch.rows, rows.length);
      assert.deepEqual(
        predicted.map(({ key }) => key),
        rows.map(({ key }) => key),
      );
      for (const { score: probability, decision, version } of predicted) {
        assert.ok(Number(probability) > 0 && Number(probability) < 1);
        assert.deepEqual([decision, version], [Number(probability) >= (await threshold()), 1]);
      }
    });

    it('store the same rows in Parquet as in Postgres', async () => {
      const { id } = await predict();
      const folder = join(rig.folder, 'objects', 'batches', 'fraud', id);
      const stored = await queryParquet(
        (await files(id)).map((file) => join(folder, file)),
        'select key, epoch_ms(time)::double as time, version, score, decision from $files order by key',
      );
      const predicted = (await visible()).map(({ key, time, version, score: probability, decision }) => ({
        key,
        time: Date.parse(time as string),
        version,
        score: probability,
        decision,
      }));
      assert.deepEqual(stored, predicted);
    });

    it('show nothing of a batch until it is complete', async () => {
      const batch = (await open())!;
      await score(batch.id, batch.missing[0]!.extraction);
      assert.deepEqual(await visible(), []);
      assert.deepEqual(await rig.ports.batches.predictions(batch.id, { after: null, limit: 10 }), []);
      await assert.rejects(publish(batch.id), /are not scored yet/);
      assert.equal((await rig.ports.batches.get('fraud', batch.id)).status, 'scoring');
    });

    it('change nothing when they run again', async () => {
      const first = await predict();
      const rows = await visible();
      assert.deepEqual((await open())!.missing, []);
      assert.deepEqual(await predict(), first);
      assert.deepEqual(await visible(), rows);
      assert.equal((await rig.ports.batches.list('fraud', 10)).length, 1);
    });

    it('store a part once when two runs score it at the same time', async () => {
      const [one, two] = [(await open())!, (await open())!];
      assert.deepEqual(one, two);
      const twice = one.missing.flatMap(({ extraction }) => [score(one.id, extraction), score(one.id, extraction)]);
      const counted = (await Promise.all(twice)).map(({ rows }) => rows);
      assert.deepEqual([counted[0], counted[2]], [counted[1], counted[3]]);
      const published = await Promise.all([publish(one.id), publish(one.id)]);
      assert.deepEqual(published[0], published[1]);
      assert.equal((await visible()).length, counted[0]! + counted[2]!);
    });

    it('start a part over when the previous attempt was cut off', async () => {
      const batch = (await open())!;
      const { extraction, from, to } = batch.missing[0]!;
      async function* cutOff(): AsyncGenerator<BatchPrediction[]> {
        yield [{ key: 'a-row', time: from, score: 0.5, decision: true }];
        throw new Error('the worker died');
      }
      const part = { part: `${extraction}/1`, objectKey: 'nowhere', sha256: '', rows: 2 };
      await assert.rejects(rig.ports.batches.recordPart(batch.id, part, cutOff()), /the worker died/);
      assert.deepEqual(await rig.ports.batches.parts(batch.id), []);
      const { rows } = await score(batch.id, extraction);
      const [counted] = (
        await runSql(
          rig.url,
          `select count(*) as rows, min(time) as first, max(time) as last from perennial.batch_predictions`,
        )
      ).rows as [{ rows: string; first: Date; last: Date }];
      assert.equal(Number(counted.rows), rows);
      assert.ok(rows > 0 && new Date(counted.first) >= new Date(from) && new Date(counted.last) < new Date(to));
    });

    it('refuse a part with a duplicate key, and keep nothing of it', async () => {
      const batch = (await open())!;
      const { extraction, from } = batch.missing[0]!;
      const one = { key: 'a-row', time: from, score: 0.5, decision: true };
      const record = (...predictions: BatchPrediction[]) =>
        rig.ports.batches.recordPart(
          batch.id,
          { part: `${extraction}/1`, objectKey: 'nowhere', sha256: '', rows: 2 },
          some(predictions),
        );
      async function* some(predictions: BatchPrediction[]): AsyncGenerator<BatchPrediction[]> {
        yield predictions;
      }
      await assert.rejects(record(one, one), /has 2 rows, and a key that was there/);
      await assert.rejects(record(one), /has 2 rows, and 1 predictions came/);
      assert.deepEqual(await rig.ports.batches.parts(batch.id), []);
      assert.equal((await record(one, { ...one, key: 'b-row' })).rows, 2);
    });

    it('end at once when they are cancelled, and leave nothing behind', async () => {
      const batch = (await open())!;
      const attempt = rig.attempt(
        'scorePart',
        { pipeline: 'fraud', batch: batch.id, extraction: batch.missing[0]!.extraction },
        { began: (cancel) => cancel() },
      );
      await assert.rejects(attempt, { name: 'CancelledFailure' });
      assert.deepEqual(await rig.ports.batches.parts(batch.id), []);
    });

    it('cover windows that adjoin from day to day', async () => {
      const [one, two] = [await predict(), await predict(NEXT_DAY)];
      assert.equal(one.window.to, two.window.from);
      const { previous } = rig.ports.batches;
      assert.equal((await previous('fraud', NEXT_DAY))?.id, one.id);
      assert.equal(await previous('fraud', AS_OF), null);
      const { rows } = await runSql(
        rig.url,
        'select key from perennial.published_predictions group by key having count(*) > 1',
      );
      assert.deepEqual(rows, [], 'no row is in both');
      assert.deepEqual(
        (await rig.ports.batches.list('fraud', 1)).map(({ id }) => id),
        [two.id],
      );
    });

    it('keep the champion that the batch was opened with', async () => {
      const batch = (await open())!;
      await score(batch.id, batch.missing[0]!.extraction);
      await runSql(rig.url, `update perennial.traffic set shares = '[{"version": 2, "share": 1}]'`);
      assert.equal((await predict()).version, 1);
    });

    describe('after a second version took over', () => {
      beforeEach(async () => {
        await takeSnapshot(rig, NEXT_DAY);
        const { id } = await openCycle(rig, { asOf: NEXT_DAY });
        await promoteAndClose(rig, id, (await trainVersion(rig, id)).version);
      });

      it('score a past moment with the version that served then', async () => {
        assert.equal((await open())!.version, 1);
        assert.equal((await open(NEXT_DAY))!.version, 2);
      });

      it('score with a version that is named, as the lifecycle does with the one it trained', async () => {
        const batch = await rig.run('openBatch', { pipeline: rig.ref, asOf: AS_OF, snapshot, version: 2 });
        assert.equal(batch!.version, 2);
        assert.equal((await open())!.version, 2, 'asked again, it says what was fixed');
      });
    });

    it('refuse a champion that needs what the declaration no longer reads', async () => {
      const { amount: _amount, ...columns } = rig.pipeline.columns;
      const counted = { ...rig.pipeline.columns, transactions_24h: { kind: 'category' as const } };
      for (const [what, declared] of Object.entries({ amount: columns, 'transactions_24h as number': counted })) {
        const ref = await rig.apply({ columns: declared as PipelineInput['columns'] });
        const other = await takeSnapshot(rig, NEXT_DAY, ref);
        const failure = await failureOf(rig.run('openBatch', { pipeline: ref, asOf: NEXT_DAY, snapshot: other }));
        assert.equal(failure.type, 'SOURCE_COLUMN_MISSING');
        assert.ok(failure.message.includes(`v1 of fraud needs ${what}, `), failure.message);
      }
    });

    it('score as before once a column is declared as no feature, since snapshots keep it', async () => {
      const amount = { ...rig.pipeline.columns['amount']!, feature: false };
      const ref = await rig.apply({ columns: { ...rig.pipeline.columns, amount } as PipelineInput['columns'] });
      const batch = await rig.run('openBatch', { pipeline: ref, asOf: AS_OF, snapshot });
      const { rows } = await score(batch!.id, batch!.missing[0]!.extraction);
      assert.ok(rows > 0);
    });

    it('make no decision when the label is a number', async () => {
      const batch = (await open())!;
      const { extraction, from } = batch.missing[0]!;
      async function* estimates(): AsyncGenerator<BatchPrediction[]> {
        yield [{ key: 'tab\tand\\n', time: from, score: -12.5, decision: null }];
      }
      const part = { part: `${extraction}/1`, objectKey: 'nowhere', sha256: '', rows: 1 };
      await rig.ports.batches.recordPart(batch.id, part, estimates());
      const { rows } = await runSql(rig.url, 'select key, score, decision from perennial.batch_predictions');
      assert.deepEqual(rows, [{ key: 'tab\tand\\n', score: -12.5, decision: null }]);
    });

    const threshold = async (): Promise<number> => {
      const version = await rig.ports.modelVersions.get('fraud', 1);
      const bytes = await rig.ports.store.get(version.objectKey);
      return (JSON.parse(new TextDecoder().decode(bytes)) as { threshold: number }).threshold;
    };
  });
});
