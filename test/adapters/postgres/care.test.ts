import { createRecords } from '../../../adapters/postgres/care.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { createPredictionLog } from '../../../adapters/postgres/prediction-log.ts';
import { type AgingRows } from '../../../core/care.ts';
import { type Prediction, type ServedCounts } from '../../../core/ports.ts';
import { before, DAY, instant } from '../../../core/time.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { perennialDatabase } from '../../support/perennial-database.ts';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

const NOW = '2026-12-31T12:00:00.000Z';
const keep = { predictions: 90, counts: 200 };
const day = (daysAgo: number): string => instant(Date.parse(NOW) - daysAgo * DAY);
const at = (time: string): Prediction => ({
  id: randomUUID(),
  pipeline: 'fraud',
  version: 1,
  key: 'k',
  time,
  row: {},
  score: 0.5,
  decision: false,
  servedAt: time,
});
const totals = (predictions: Prediction[]): ServedCounts[] =>
  predictions.map(({ pipeline, version, time }) => ({
    pipeline,
    version,
    replica: 'server',
    sequence: 1,
    hour: time,
    profile: { binning: 'b', rows: 1, columns: {} },
  }));

describe('rows that age', () => {
  const database = perennialDatabase();
  const remove = (kind: AgingRows, dryRun = false) =>
    createRecords(database()).removeOld(kind, { now: NOW, keep, dryRun });
  const log = async (...times: string[]) => createPredictionLog(database()).append(times.map(at));
  const countAll = async (): Promise<void> => {
    while ((await createPredictionLog(database()).countShipped(totals)) > 0);
  };
  const facts = async (table: string, column: string) => {
    const { rows } = await database().query<{ rows: number; oldest: string; partitions: number }>(
      `select count(*) as rows, min(${column}) as oldest,
         (select count(*) from pg_inherits where inhparent = '${table}'::regclass) as partitions from ${table}`,
    );
    return rows[0]!;
  };

  it('go by whole partitions: of a year of predictions those older than they are kept, and nothing younger', async () => {
    await log(...Array.from({ length: 365 }, (_, daysAgo) => day(daysAgo)));
    await countAll();
    const year = await facts('predictions', 'time');
    assert.deepEqual(year, { rows: 365, oldest: day(364), partitions: 366 });

    const would = await remove('predictions', true);
    assert.equal(would.length, 274);
    assert.deepEqual(await facts('predictions', 'time'), year, 'a dry run changes nothing');
    assert.deepEqual(await remove('predictions'), would);
    assert.deepEqual(await facts('predictions', 'time'), { rows: 91, oldest: day(90), partitions: 92 });
    assert.deepEqual(await remove('predictions'), [], 'there is nothing more to remove');

    assert.deepEqual((await facts('served_counts', 'hour')).rows, 365, 'counts are kept longer');
    assert.deepEqual(
      await remove('counts'),
      [1, 2, 3, 4, 5].map((month) => `served_counts_20260${month}`),
    );
    assert.equal((await facts('served_counts', 'hour')).oldest, '2026-06-01T12:00:00.000Z');
  });

  it('stay until they are counted', async () => {
    const farOff = { ...at(day(100)), servedAt: NOW }; // gets no partition of its own
    await log(day(120), day(119));
    await countAll();
    await log(day(119));
    await createPredictionLog(database()).append([farOff]);
    assert.deepEqual(await remove('predictions'), ['predictions_20260902']);
    assert.equal((await facts('predictions', 'time')).rows, 3);
    await countAll();
    assert.deepEqual(await remove('predictions'), ['predictions_20260903', 'predictions_other']);
    assert.equal((await facts('predictions', 'time')).rows, 0);
  });

  it('stay as long as a pipeline that is applied looks back at them', async () => {
    const { label, drift, source } = aPipeline();
    const slow = {
      source: { ...source, history: '30 weeks', partition: '1 week' },
      label: { ...label, maturesAfter: '20 weeks' },
      drift: { ...drift, window: '1 week' },
    };
    await createPipelines(database()).apply(aPipeline({ name: 'slow', ...slow }), 'ada');
    await log(day(120), day(200));
    await countAll();
    assert.deepEqual(await remove('predictions'), ['predictions_20260614']);
    assert.equal((await facts('predictions', 'time')).oldest, day(120));
  });

  it('stay for the next time while somebody reads them, and nobody waits', async () => {
    await log(day(120));
    await countAll();
    const reader = await database().connect();
    try {
      await reader.query('begin');
      await reader.query('select count(*) from predictions');
      assert.deepEqual(await remove('predictions'), []);
    } finally {
      await reader.query('rollback');
      reader.release();
    }
    assert.deepEqual(await remove('predictions'), ['predictions_20260902']);
  });

  it('go from the table of before partitions too', async () => {
    const [old, young] = [before(NOW, '300 days'), before(NOW, '10 days')].map(at);
    for (const { id, time } of [old!, young!])
      await database().query(
        `insert into predictions_other (id, pipeline, version, key, time, row, score, decision, served_at)
         values ($1, 'fraud', 1, 'k', $2, '{}', 0.5, false, $2)`,
        [id, time],
      );
    assert.deepEqual(await remove('predictions'), ['predictions_other']);
    assert.deepEqual(await facts('predictions', 'time'), { rows: 1, oldest: young!.time, partitions: 1 });
  });
});
