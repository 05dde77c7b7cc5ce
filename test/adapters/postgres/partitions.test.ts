import { migrate } from '../../../adapters/postgres/database.ts';
import { makePartition, pieceAt, predictionsByDay } from '../../../adapters/postgres/partitions.ts';
import { createPredictionLog } from '../../../adapters/postgres/prediction-log.ts';
import { connect } from '../../../adapters/postgres/database.ts';
import { type Prediction } from '../../../core/ports.ts';
import { perennialDatabase } from '../../support/perennial-database.ts';
import { testDatabase } from '../../support/postgres.ts';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

const folder = new URL('../../../adapters/postgres/migrations/', import.meta.url);
const at = (time: string, changes: Partial<Prediction> = {}): Prediction => ({
  id: randomUUID(),
  pipeline: 'fraud',
  version: 1,
  key: 'k',
  time,
  row: { amount: 3 },
  score: 0.5,
  decision: false,
  servedAt: time,
  ...changes,
});
const JANUARY = '2026-01-19T02:00:00.000Z';

describe('the prediction log in partitions', () => {
  const database = perennialDatabase();
  const partitions = async (): Promise<Record<string, number>> => {
    const { rows } = await database().query<{ name: string; rows: number }>(
      'select tableoid::regclass::text as name, count(*) as rows from predictions group by tableoid order by 1',
    );
    return Object.fromEntries(rows.map(({ name, rows: count }) => [name, count]));
  };

  it('has one for each day, made by who writes, and one for times far off', async () => {
    const log = createPredictionLog(database());
    const farOff = ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'].map((time) =>
      at(time, { servedAt: JANUARY }),
    );
    await log.append([at(JANUARY), at('2026-01-19T23:59:59.999Z'), at('2026-01-20T00:00:00.000Z'), ...farOff]);
    assert.deepEqual(await partitions(), {
      predictions_20260119: 2,
      predictions_20260120: 1,
      predictions_other: 2,
    });
    const counted: string[] = [];
    assert.equal(await log.countShipped((some) => (counted.push(...some.map(({ time }) => time)), [])), 5);
    assert.equal(counted.length, 4, 'nobody looks at year 1');
  });

  it('holds each prediction once, also when a day gets its partition between two shipments of it', async () => {
    const prediction = at(JANUARY);
    await database().query(
      `insert into predictions_other (id, pipeline, version, key, time, row, score, decision, served_at)
       values ($1, 'fraud', 1, 'k', $2, '{"amount": 3}', 0.5, false, $2)`,
      [prediction.id, JANUARY],
    );
    assert.equal(await createPredictionLog(database()).append([prediction, prediction]), 0);
    assert.deepEqual(await partitions(), { predictions_20260119: 1 });
  });

  it('makes a partition once, however many ask, and lets nobody wait when the table is in use', async () => {
    const make = (time: string) => makePartition(database(), predictionsByDay, pieceAt(predictionsByDay, time));
    assert.deepEqual(await Promise.all([1, 2, 3, 4].map(() => make(JANUARY))), [true, true, true, true]);
    const reader = await database().connect();
    try {
      await reader.query('begin');
      await reader.query('select count(*) from predictions');
      assert.equal(await make('2026-01-21T00:00:00.000Z'), false);
      await createPredictionLog(database()).append([at('2026-01-21T00:00:00.000Z')]);
      assert.deepEqual(await partitions(), { predictions_other: 1 });
    } finally {
      await reader.query('rollback');
      reader.release();
    }
    assert.equal(await make('2026-01-21T00:00:00.000Z'), true);
    assert.deepEqual(await partitions(), { predictions_20260121: 1 }, 'what went elsewhere is moved');
  });

  it('keeps what an earlier version wrote', async () => {
    const test = await testDatabase();
    const old = connect(test.url);
    try {
      await old.query('create schema perennial');
      await old.query('create table migrations (name text primary key, at timestamptz default now())');
      const before = (await readdir(folder)).filter((name) => name.endsWith('.sql') && name < '011').sort();
      for (const name of before) {
        await old.query(await readFile(new URL(name, folder), 'utf8'));
        await old.query('insert into migrations (name) values ($1)', [name]);
      }
      const prediction = at(JANUARY);
      await old.query(
        `insert into predictions (id, pipeline, version, key, time, row, score, decision, served_at)
         values ($1, 'fraud', 1, 'k', $2, '{"amount": 3}', 0.5, false, $2)`,
        [prediction.id, JANUARY],
      );
      await old.query(
        `insert into served_counts (pipeline, version, binning, replica, sequence, hour, profile)
         values ('fraud', 1, 'b', 'server', 1, $1, '{"binning": "b", "rows": 1, "columns": {}}')`,
        [JANUARY],
      );
      await migrate(old);
      const log = createPredictionLog(old);
      assert.equal(await log.append([prediction]), 0, 'it is there');
      const day = { from: '2026-01-19T00:00:00.000Z', to: '2026-01-20T00:00:00.000Z' };
      const served = await log.served('fraud', { id: 'b', columns: {} }, day);
      assert.deepEqual(served, [{ version: 1, profile: { binning: 'b', rows: 1, columns: {} } }]);
    } finally {
      await old.end();
      await test.drop();
    }
  });
});
