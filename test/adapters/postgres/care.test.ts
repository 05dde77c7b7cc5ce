import { createRecords } from '../../../adapters/postgres/care.ts';
import { createParts } from '../../../adapters/postgres/data/parts.ts';
import { partsLock } from '../../../adapters/postgres/data/parts-lock.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { createPredictionLog } from '../../../adapters/postgres/predictions/prediction-log.ts';
import { createSnapshots } from '../../../adapters/postgres/data/snapshots.ts';
import { type AgingRows } from '../../../core/runs/care.ts';
import { type Part } from '../../../core/data/data.ts';
import { type Prediction, type ServedCounts, type Uncounted } from '../../../core/data/predictions/prediction-log.ts';
import { DAY, instant } from '../../../core/time/time.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { runSql } from '../../support/postgres/postgres.ts';
import { shipmentOf } from '../../support/shipments.ts';
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
  entity: null,
  time,
  row: {},
  score: 0.5,
  decision: false,
  servedAt: time,
});
const totals = ({ predictions }: Uncounted): ServedCounts[] =>
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
  const remove = (kind: AgingRows, dryRun = false, signal = new AbortController().signal) =>
    createRecords(database()).removeOld(kind, { now: NOW, keep, dryRun, signal });
  const log = async (...times: string[]) => createPredictionLog(database()).append(shipmentOf(times.map(at)));
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

  it('are removed by whole partitions: predictions older than the limit go, and no younger ones', async () => {
    await log(...Array.from({ length: 365 }, (_, daysAgo) => day(daysAgo)));
    await countAll();
    const year = await facts('predictions', 'time');
    assert.deepEqual(year, { rows: 365, oldest: day(364), partitions: 367 });

    const would = await remove('predictions', true);
    assert.equal(would.length, 274);
    assert.deepEqual(await facts('predictions', 'time'), year, 'a dry run changes nothing');
    assert.deepEqual(await remove('predictions'), would);
    assert.deepEqual(await facts('predictions', 'time'), { rows: 91, oldest: day(90), partitions: 93 });
    assert.deepEqual(await remove('predictions'), [], 'there is nothing more to remove');

    assert.deepEqual((await facts('served_counts', 'hour')).rows, 365, 'counts are kept longer');
    assert.deepEqual(
      await remove('counts'),
      [1, 2, 3, 4, 5].map((month) => `served_counts_20260${month}`),
    );
    assert.equal((await facts('served_counts', 'hour')).oldest, '2026-06-01T12:00:00.000Z');
  });

  it('are kept until they are counted', async () => {
    const farOff = { ...at(day(100)), servedAt: NOW }; // gets no partition of its own
    await log(day(120), day(119));
    await countAll();
    await log(day(119));
    await createPredictionLog(database()).append(shipmentOf([farOff]));
    const ofNobody = 'predictions_20260904'; // made a day ahead
    assert.deepEqual(await remove('predictions'), ['predictions_20260902', ofNobody]);
    assert.equal((await facts('predictions', 'time')).rows, 3);
    await countAll();
    assert.deepEqual(await remove('predictions'), ['predictions_20260903', 'predictions_other']);
    assert.equal((await facts('predictions', 'time')).rows, 0);
  });

  it('are kept as long as an applied pipeline looks back at them', async () => {
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

  it('are kept until the next run while they are being read, and nothing waits', async () => {
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
    assert.deepEqual(await remove('predictions'), ['predictions_20260902', 'predictions_20260903']);
  });

  describe('without a partition of their own', () => {
    /** Predictions of one moment, put where a caller's far-off times go. */
    const put = (pipeline: string, time: string, count = 1) =>
      database().query(
        `insert into predictions_other (id, pipeline, version, key, time, row, score, decision, served_at)
         select gen_random_uuid(), $1, 1, 'k', $2, '{}', 0.5, false, $2 from generate_series(1, $3)`,
        [pipeline, time, count],
      );

    it('are deleted at the same age', async () => {
      await put('fraud', day(300));
      await put('fraud', day(10));
      assert.deepEqual(await remove('predictions', true), ['predictions_other']);
      assert.equal((await facts('predictions', 'time')).rows, 2, 'a dry run changes nothing');
      assert.deepEqual(await remove('predictions'), ['predictions_other']);
      assert.deepEqual(await facts('predictions', 'time'), { rows: 1, oldest: day(10), partitions: 1 });
      assert.deepEqual(await remove('predictions'), []);
    });

    it('are deleted in batches, of every pipeline, even when all have the same time', async () => {
      for (const pipeline of ['a', 'b', 'fraud']) await put(pipeline, '1970-01-01T00:00:00.000Z', 10_500);
      await put('b', day(10));
      const sizes = await sizesOfDeletions();
      assert.deepEqual(await remove('predictions'), ['predictions_other']);
      assert.deepEqual(await sizes(), [10_000, 500, 10_000, 500, 10_000, 500]);
      assert.equal((await facts('predictions', 'time')).rows, 1);
    });

    it('are skipped while they are uncounted, however many there are', async () => {
      const kept = Array.from({ length: 10_001 }, () => ({ ...at(day(300)), servedAt: NOW }));
      await createPredictionLog(database()).append(shipmentOf(kept));
      await put('fraud', day(200));
      assert.deepEqual(await remove('predictions'), ['predictions_other']);
      assert.deepEqual(await facts('predictions', 'time'), { rows: kept.length, oldest: day(300), partitions: 2 });
    });

    it('stay where a cancellation stopped the deletion', async () => {
      await put('fraud', day(300), 10_500);
      const cancelled = new AbortController();
      const reader = await database().connect();
      try {
        await reader.query('begin; select from predictions_other order by time, id limit 1 for update');
        const removing = remove('predictions', false, cancelled.signal);
        const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
        while ((await database().query(waiting)).rowCount === 0);
        cancelled.abort();
        await reader.query('rollback');
        await assert.rejects(removing, { name: 'AbortError' });
      } finally {
        reader.release();
      }
      assert.equal((await facts('predictions', 'time')).rows, 500);
    });

    it('include counts', async () => {
      for (const hour of [day(300), day(301), day(10)])
        await database().query(
          `insert into served_counts_other (pipeline, version, binning, replica, sequence, hour, profile)
           select 'fraud', version, 'b', 'server', 1, $1, '{}' from generate_series(1, 3) as version`,
          [hour],
        );
      assert.deepEqual(await remove('counts'), ['served_counts_other']);
      assert.deepEqual(await facts('served_counts', 'hour'), { rows: 3, oldest: day(10), partitions: 1 });
    });

    /** From now on notes how many rows each statement deletes. */
    async function sizesOfDeletions(): Promise<() => Promise<number[]>> {
      await database().query(`
        create table deletions (id int generated always as identity, size int);
        create function note() returns trigger language plpgsql as
          $$ begin insert into deletions (size) select count(*) from gone; return null; end $$;
        create trigger noted after delete on predictions_other referencing old table as gone for each statement execute function note()`);
      return async () =>
        (await database().query<{ size: number }>('select size from deletions where size > 0 order by id')).rows.map(
          ({ size }) => size,
        );
    }
  });
});

describe('counts of snapshots and holdouts', () => {
  const database = perennialDatabase();
  const remove = (dryRun = false) =>
    createRecords(database()).removeOldProfiles({ now: NOW, keep, dryRun, signal: new AbortController().signal });

  it('are deleted as hourly counts are, but neither those of the newest snapshot nor of a version that served since', async () => {
    await runSql(
      database.url(),
      `set search_path = perennial; set session_replication_role = replica;
       insert into snapshots (id, pipeline, revision, as_of, status)
         select id, 'fraud', 'r', as_of::timestamptz, 'published'
         from (values ('old', '${day(201)}'), ('young', '${day(199)}')) s (id, as_of);
       insert into snapshots (id, pipeline, revision, as_of, status) values ('last', 'slow', 'r', '${day(300)}', 'published');
       insert into traffic_history (pipeline, generation, champion, shares, from_time, changed_by)
         select 'fraud', generation, champion, jsonb_build_array(jsonb_build_object('version', champion, 'share', 1)),
           from_time::timestamptz, 'ada'
         from (values (1, 1, '${day(300)}'), (2, 2, '${day(201)}'), (3, 3, '${day(150)}')) h (generation, champion, from_time);
       insert into profiles (pipeline, subject, binning, profile) select 'fraud', subject, 'b', '{}' from unnest(array[
         'snapshot/old', 'snapshot/young', 'window/old/v1', 'window/old/v1/48h', 'window/young/v1',
         'version/1', 'version/1/half/3', 'version/1/working/07', 'version/2/half/3', 'version/3/half/3']) subject;
       insert into profiles (pipeline, subject, binning, profile) values ('slow', 'snapshot/last', 'b', '{}')`,
    );
    const left = async () =>
      (await database().query<{ subject: string }>('select subject from profiles order by subject')).rows.map(
        ({ subject }) => subject,
      );
    const all = await left();
    assert.equal(await remove(true), 5);
    assert.deepEqual(await left(), all, 'a dry run changes nothing');
    assert.equal(await remove(), 5);
    assert.deepEqual(await left(), [
      'snapshot/last',
      'snapshot/young',
      'version/1',
      'version/2/half/3',
      'version/3/half/3',
      'window/young/v1',
    ]);
    assert.equal(await remove(), 0);
  });
});

describe('numbers that callers posted', () => {
  const database = perennialDatabase();
  const post = (name: string, observedAt: string, count: number) =>
    database().query(
      `insert into outcomes (pipeline, name, key, observed_at, value)
       select 'fraud', $1, 'k' || i, $2, 1 from generate_series(1, $3) as i`,
      [name, observedAt, count],
    );
  const remove = (dryRun = false, signal = new AbortController().signal) =>
    createRecords(database()).removeOldOutcomes({ now: NOW, keep, dryRun, signal });
  const left = async () =>
    (await database().query(`select name, count(*) from outcomes group by name order by name`)).rows;

  beforeEach(() => createPipelines(database()).apply(aPipeline(), 'ada'));

  it('are deleted once they are older than the predictions that are kept', async () => {
    await post('refund', day(89), 2);
    await post('revenue', day(91), 10_500);
    await post('revenue', day(90), 1);
    await post('visits', day(300), 3);
    assert.equal(await remove(true), 10_503);
    assert.equal((await left()).length, 3, 'a dry run changes nothing');
    assert.equal(await remove(), 10_503);
    assert.deepEqual(await left(), [
      { name: 'refund', count: 2 },
      { name: 'revenue', count: 1 },
    ]);
    assert.equal(await remove(), 0);
  });

  it('stay where a cancellation stopped the deletion', async () => {
    await post('revenue', day(300), 10_500);
    const cancelled = new AbortController();
    const reader = await database().connect();
    try {
      await reader.query('begin; select from outcomes order by key limit 1 for update');
      const removing = remove(false, cancelled.signal);
      const waiting = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
      while ((await database().query(waiting)).rowCount === 0);
      cancelled.abort();
      await reader.query('rollback');
      await assert.rejects(removing, { name: 'AbortError' });
    } finally {
      reader.release();
    }
    assert.deepEqual(await left(), [{ name: 'revenue', count: 500 }]);
  });
});

describe('rows of parts that no snapshot names', () => {
  const database = perennialDatabase();
  const [parts, snapshots] = [() => createParts(database()), () => createSnapshots(database())];
  const remove = (dryRun = false) =>
    createRecords(database()).removeUnnamedParts({ dryRun, signal: new AbortController().signal });
  const setBack = (table: 'parts' | 'part_holds', column: string, daysAgo: number, id: string) =>
    runSql(
      database.url(),
      `set session_replication_role = replica;
       update perennial.${table} set ${column} = now() - interval '${daysAgo} days' where ${table === 'parts' ? 'id' : 'run'} = '${id}'`,
    );
  async function aPart(extraction: string, { number = 1, daysAgo = 15, pipeline = 'fraud' } = {}): Promise<Part> {
    const window = { from: NOW, to: NOW };
    const bytes = { objectKey: `parts/${extraction}/${number}`, sha256: 'ab', rows: 1, bytes: 1 };
    const own = { extraction: `${pipeline}/${extraction}`, number, kind: 'labels', ...window, ...bytes } as const;
    const part = await parts().record(pipeline, own);
    await setBack('parts', 'created_at', daysAgo, part.id);
    return part;
  }
  const aSnapshot = (...named: Part[]) =>
    snapshots().record({ id: 's1', pipeline: 'fraud', revision: database.ref().revision, asOf: NOW }, named);
  const left = async (): Promise<string[]> =>
    (await database().query<{ id: string }>('select id from parts order by id')).rows.map(({ id }) => id);

  it('are deleted after two weeks: those of a failed run, and of an extraction whose part was replaced', async () => {
    await aPart('failed');
    await aPart('young', { daysAgo: 13 });
    await aPart('replaced');
    const named = await aPart('replaced', { number: 2 });
    await aSnapshot(named);
    await snapshots().judge('s1', { status: 'quarantined', expectations: [], reportKey: 'r' });
    await database().query(`insert into label_ingestions values ('fraud/failed/1')`);

    const old = ['fraud/failed/1', 'fraud/replaced/1'];
    assert.deepEqual(await remove(true), old);
    assert.equal((await left()).length, 4, 'a dry run changes nothing');
    assert.deepEqual(await remove(), old);
    assert.deepEqual(await left(), ['fraud/replaced/2', 'fraud/young/1']);
  });

  it('stay while a run of their pipeline may name them: until it releases them or is silent for two weeks', async () => {
    await createPipelines(database()).apply(aPipeline({ name: 'churn' }), 'ada');
    await aPart('e1');
    await aPart('e1', { pipeline: 'churn' });
    await parts().hold('fraud', 'run 1');
    await parts().hold('fraud', 'run 2');
    assert.deepEqual(await remove(true), ['churn/e1/1']);
    assert.deepEqual(await remove(), ['churn/e1/1']);

    await parts().release('run 1');
    await setBack('part_holds', 'seen_at', 13, 'run 2');
    assert.deepEqual(await remove(), []);
    await setBack('part_holds', 'seen_at', 15, 'run 2');
    await parts().hold('fraud', 'run 2');
    assert.deepEqual(await remove(), [], 'it showed life again');
    await setBack('part_holds', 'seen_at', 15, 'run 2');
    assert.deepEqual(await remove(), ['fraud/e1/1']);
    assert.deepEqual((await database().query('select run from part_holds')).rows, [], 'nobody waits for it');
  });

  it('stay when a run holds them after they were found and before they were deleted', async () => {
    await aPart('e1');
    const other = await database().connect();
    try {
      await other.query(`begin; select pg_advisory_xact_lock_shared(${partsLock("'fraud'")})`);
      const removing = remove();
      await waiting(1);
      await other.query(`insert into part_holds (run, pipeline) values ('run 1', 'fraud'); commit`);
      assert.deepEqual(await removing, []);
    } finally {
      other.release();
    }
  });

  it('are gone for a run that holds them while they are deleted: it waits, and looks afterwards', async () => {
    const part = await aPart('e1');
    const other = await database().connect();
    try {
      await other.query(`begin; select from parts where id = '${part.id}' for update`);
      const removing = remove();
      await waiting(1);
      const held = parts().hold('fraud', 'run 1');
      const found = held.then(() => parts().find([part.extraction]));
      await waiting(2);
      await other.query('rollback');
      assert.deepEqual(await removing, [part.id]);
      assert.deepEqual(await found, []);
    } finally {
      other.release();
    }
  });

  it('can no longer be named once they are gone', async () => {
    const part = await aPart('e1');
    await remove();
    await assert.rejects(aSnapshot(part), /foreign key/);
  });

  /** Until this many of the database's connections wait for a lock. */
  async function waiting(count: number): Promise<void> {
    const sql = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    while ((await database().query(sql)).rowCount !== count);
  }
});
