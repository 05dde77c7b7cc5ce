import { createRecords } from '../../../../adapters/postgres/care.ts';
import { connect, type Database, migrate, migrationNames } from '../../../../adapters/postgres/database.ts';
import {
  countsByMonth,
  makePartition,
  pieceAt,
  predictionsByDay,
} from '../../../../adapters/postgres/predictions/partitions.ts';
import { createPredictionLog } from '../../../../adapters/postgres/predictions/prediction-log.ts';
import { type AgingRows } from '../../../../core/runs/care.ts';
import { type Prediction } from '../../../../core/data/predictions/prediction-log.ts';
import { after, before, DAY, HOUR, instant } from '../../../../core/time/time.ts';
import { makeBinning } from '../../../../core/data/profiles/binning.ts';
import { createCountKeeper } from '../../../../server/shipping/served-counts.ts';
import { until } from '../../../support/temporal/workflows.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { testDatabase, type TestDatabase } from '../../../support/postgres/postgres.ts';
import { shipmentOf } from '../../../support/shipments.ts';
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const folder = new URL('../../../../adapters/postgres/migrations/', import.meta.url);
const at = (time: string, changes: Partial<Prediction> = {}): Prediction => ({
  id: randomUUID(),
  pipeline: 'fraud',
  version: 1,
  key: 'k',
  entity: null,
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

  it('has a partition per day, made by the writer, and one for times far off', async () => {
    const log = createPredictionLog(database());
    const farOff = ['0001-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'].map((time) =>
      at(time, { servedAt: JANUARY }),
    );
    await log.append(
      shipmentOf([at(JANUARY), at('2026-01-19T23:59:59.999Z'), at('2026-01-20T00:00:00.000Z'), ...farOff]),
    );
    assert.deepEqual(await partitions(), {
      predictions_20260119: 2,
      predictions_20260120: 1,
      predictions_other: 2,
    });
    const counted: string[] = [];
    assert.equal(
      await log.countShipped(({ predictions }) => (counted.push(...predictions.map(({ time }) => time)), [])),
      5,
    );
    assert.equal(counted.length, 4, 'nobody looks at year 1');
  });

  it('reads each uncounted partition once, however many shipments its rows came in', async () => {
    const binning = makeBinning({ amount: { kind: 'number', edges: [1] } });
    await database().query(`insert into binnings (pipeline, id, columns) values ('fraud', $1, $2)`, [binning.id, binning.columns]); // prettier-ignore
    const [shipments, each] = [40, 50];
    const writer = createPredictionLog(database());
    for (let i = 0; i < shipments; i++)
      await writer.append(
        shipmentOf(Array.from({ length: each }, (_, j) => at(instant(Date.parse(JANUARY) + (i * each + j) * 30_000)))),
      );
    const read = async (): Promise<number> => {
      const { rows } = await database().query<{ read: number }>(
        `select (sum(idx_tup_read) + sum(seq_tup_read))::float8 as read
         from pg_stat_user_indexes join pg_stat_user_tables using (relid) where indexrelname like 'predictions_2%'`,
      );
      return rows[0]!.read;
    };
    const before = await read();
    const reader = connect(database.url());
    const within = { from: '2026-01-19T00:00:00.000Z', to: '2026-01-21T00:00:00.000Z' };
    const [served] = await createPredictionLog(reader).served('fraud', binning, within);
    assert.equal(served!.profile.rows, shipments * each);
    await reader.end(); // which tells the statistics what it read
    await until(async () => (await read()) > before);
    assert.ok((await read()) - before <= 2 * shipments * each, `${(await read()) - before} rows were read`);
  });

  it('tells what the probabilities of classes promise, counted before and not counted yet', async () => {
    const binning = makeBinning({ amount: { kind: 'number', edges: [1] } });
    await database().query(`insert into binnings (pipeline, id, columns) values ('fraud', $1, $2)`, [binning.id, binning.columns]); // prettier-ignore
    const log = createPredictionLog(database());
    const sum = async (): Promise<unknown> => {
      const [served] = await log.served('fraud', binning, { from: JANUARY, to: after(JANUARY, '1 hour') });
      return served!.profile.promised?.confusion;
    };
    await log.append(shipmentOf([at(JANUARY, { score: 0.75, probabilities: [0.75, 0.25] }), at(JANUARY, { score: 0.75, probabilities: [0.25, 0.75] })])); // prettier-ignore
    assert.deepEqual(await sum(), [0.75, 0.25, 0.25, 0.75]);
    assert.equal(await log.countShipped(createCountKeeper('one').stage), 2);
    await log.append(shipmentOf([at(JANUARY), at(JANUARY, { probabilities: [0.5, 0.5] })]));
    assert.deepEqual(await sum(), [1.25, 0.25, 0.75, 0.75]);
  });

  it('tells the hours of predictions that no total counts yet, too', async () => {
    const binning = makeBinning({ amount: { kind: 'number', edges: [1] } });
    await database().query(`insert into binnings (pipeline, id, columns) values ('fraud', $1, $2)`, [binning.id, binning.columns]); // prettier-ignore
    const log = createPredictionLog(database());
    const times = [0, 30, 90, 25 * 60].map((minutes) => instant(Date.parse('2026-01-19T10:00:00.000Z') + minutes * 60_000)); // prettier-ignore
    await log.append(shipmentOf(times.map((time) => at(time))));
    const within = { from: '2026-01-19T00:00:00.000Z', to: '2026-01-21T00:00:00.000Z' };
    const found = [];
    for await (const { hour, profile } of log.servedByHour('fraud', binning, within)) found.push([hour, profile.rows]);
    assert.deepEqual(found.sort((a, b) => String(a).localeCompare(String(b))), [['2026-01-19T10:00:00.000Z', 2], ['2026-01-19T11:00:00.000Z', 1], ['2026-01-20T11:00:00.000Z', 1]]); // prettier-ignore
  });

  it('holds each prediction once, even when a day gets its partition between two shipments of it', async () => {
    const prediction = at(JANUARY);
    await database().query(
      `insert into predictions_other (id, pipeline, version, key, time, row, score, decision, served_at)
       values ($1, 'fraud', 1, 'k', $2, '{"amount": 3}', 0.5, false, $2)`,
      [prediction.id, JANUARY],
    );
    assert.equal(await createPredictionLog(database()).append(shipmentOf([prediction, prediction])), 0);
    assert.deepEqual(await partitions(), { predictions_20260119: 1 });
  });

  it('creates a partition once for any number of callers, and blocks none while the table is in use', async () => {
    const make = (time: string) => makePartition(database(), predictionsByDay, pieceAt(predictionsByDay, time));
    assert.deepEqual(await Promise.all([1, 2, 3, 4].map(() => make(JANUARY))), [true, true, true, true]);
    const reader = await database().connect();
    try {
      await reader.query('begin');
      await reader.query('select count(*) from predictions');
      assert.equal(await make('2026-01-21T00:00:00.000Z'), false);
      await createPredictionLog(database()).append(shipmentOf([at('2026-01-21T00:00:00.000Z')]));
      assert.deepEqual(await partitions(), { predictions_other: 1 });
    } finally {
      await reader.query('rollback');
      reader.release();
    }
    assert.equal(await make('2026-01-21T00:00:00.000Z'), true);
    assert.deepEqual(await partitions(), { predictions_20260121: 1 }, 'what went elsewhere is moved');
  });
});

describe('a prediction log from before partitions', () => {
  let test: TestDatabase;
  let database: Database;
  const log = () => createPredictionLog(database);

  /** A database of a version that knew no partitions, with predictions and counts of these times. */
  beforeEach(async () => {
    test = await testDatabase();
    database = connect(test.url, { connections: 2 });
    await database.query('create schema perennial');
    await database.query('create table migrations (name text primary key, at timestamptz default now())');
    for (const name of (await migrationNames()).filter((one) => one < '010')) {
      await database.query(await readFile(new URL(name, folder), 'utf8'));
      await database.query('insert into migrations (name) values ($1)', [name]);
    }
  });
  afterEach(async () => {
    await database.end();
    await test.drop();
  });
  const write = async (...predictions: Prediction[]): Promise<void> => {
    for (const { id, time, servedAt } of predictions) {
      await database.query(
        `insert into predictions (id, pipeline, version, key, time, row, score, decision, served_at)
         values ($1, 'fraud', 1, 'k', $2, '{}', 0.5, false, $3)`,
        [id, time, servedAt],
      );
      await database.query(
        `insert into served_counts (pipeline, version, binning, replica, sequence, hour, profile)
         values ('fraud', 1, 'b', 'server', 1, $1, '{"binning": "b", "rows": 1, "columns": {}}')`,
        [time],
      );
    }
  };
  const rowsIn = async (table: string): Promise<[string, number][]> => {
    const { rows } = await database.query<{ name: string; rows: number }>(
      `select tableoid::regclass::text as name, count(*) as rows from ${table} group by tableoid order by 1`,
    );
    return rows.map(({ name, rows: count }) => [name, count]);
  };
  const remove = (kind: AgingRows, now: string): Promise<string[]> =>
    createRecords(database).removeOld(kind, {
      now,
      keep: { predictions: 90, counts: 90 },
      dryRun: false,
      signal: new AbortController().signal,
    });
  const FAR_OFF = '9999-12-31T23:59:59.999Z';

  it('is kept, and recognises predictions that are shipped again', async () => {
    const prediction = at(JANUARY);
    await write(prediction);
    await migrate(database);
    assert.equal(await log().append(shipmentOf([prediction])), 0, 'it is there');
    const day = { from: '2026-01-19T00:00:00.000Z', to: '2026-01-20T00:00:00.000Z' };
    const served = await log().served('fraud', { id: 'b', columns: {} }, day);
    assert.deepEqual(served, [{ version: 1, profile: { binning: 'b', rows: 1, columns: {} } }]);
  });

  it('is one partition up to the day of the upgrade, which later days do not read, and is dropped whole when that day is old', async () => {
    const now = new Date().toISOString();
    const farOff = at(FAR_OFF, { servedAt: now });
    await write(...[1, 2, 300].map((daysAgo) => at(before(now, `${daysAgo} days`))), at('0001-01-01T00:00:00.000Z'));
    await write(farOff);
    await migrate(database);

    const [[old], ...others] = (await rowsIn('predictions')) as [[string, number], ...[string, number][]];
    assert.match(old, /^predictions_\d{8}$/);
    assert.deepEqual(others, [['predictions_other', 1]], 'who sent a time far off');
    const [[oldCounts]] = (await rowsIn('served_counts')) as [[string, number]];
    assert.match(oldCounts, /^served_counts_\d{6}$/);

    const upgraded = Date.parse(old.replace(/.*_(....)(..)(..)/, '$1-$2-$3'));
    const later = (days: number): string => instant(upgraded + days * DAY + HOUR);
    const other = await database.connect();
    try {
      await other.query(`begin; lock table ${old}, ${oldCounts} in access exclusive mode`);
      const months = [35, 70].map(later);
      await log().append(shipmentOf([1, 2].map(later).map((time) => at(time))));
      await log().append(shipmentOf(months.map((time) => at(time))));
      const made = [...[1, 2].map(later), ...months].map((time) => pieceAt(predictionsByDay, time).name);
      await other.query('rollback');
      assert.deepEqual(
        await rowsIn('predictions'),
        [[old, 4], ...made.map((name) => [name, 1]), ['predictions_other', 1]],
        'made while nobody could look into the old one',
      );
      const { rows } = await database.query(`select to_regclass($1) is not null as made`, [
        pieceAt(countsByMonth, months[0]!).name,
      ]);
      assert.deepEqual(rows, [{ made: true }]);
    } finally {
      other.release();
    }

    await log().append(shipmentOf([at(later(-3)), at(later(0))]));
    assert.deepEqual((await rowsIn('predictions'))[0], [old, 6], 'what comes late has its place there');
    while ((await log().countShipped(() => [])) > 0);
    assert.deepEqual(await remove('predictions', later(90)), []);
    assert.deepEqual(await remove('predictions', later(91)), [old]);
    assert.deepEqual(await remove('counts', later(91 + 31)), [oldCounts]);
    await log().append(shipmentOf([at(later(-3))]));
    assert.equal((await rowsIn('predictions'))[0]![0], pieceAt(predictionsByDay, later(-3)).name);
  });

  it('reaches as far as the clock it was served by, which may be a simulated one', async () => {
    const future = '2100-06-05T12:00:00.000Z';
    await write(at(future));
    await migrate(database);
    assert.deepEqual(await rowsIn('predictions'), [['predictions_21000605', 1]]);
    assert.deepEqual(await rowsIn('served_counts'), [['served_counts_210006', 1]]);
  });

  it('leaves no partition when it is empty', async () => {
    await migrate(database);
    await log().append(shipmentOf([at(JANUARY)]));
    assert.deepEqual(await rowsIn('predictions'), [['predictions_20260119', 1]]);
  });
});
