import { createCareActivities } from '../../../activities/care/care.ts';
import { createFolderStore } from '../../../adapters/objects/folder-store.ts';
import { createRecords } from '../../../adapters/postgres/care.ts';
import { createParts } from '../../../adapters/postgres/data/parts.ts';
import { createTallies } from '../../../adapters/postgres/rollout/tallies.ts';
import { emptyTally } from '../../../core/rollout/evidence/tally.ts';
import { createModelVersions } from '../../../adapters/postgres/training/model-versions.ts';
import { createTrainingRuns } from '../../../adapters/postgres/training/training-runs.ts';
import { createSharedClock } from '../../../adapters/postgres/shared-clock.ts';
import { type Records, type Removed } from '../../../core/runs/care.ts';
import { type ObjectStore } from '../../../core/data/objects/objects.ts';
import { DAY } from '../../../core/time/time.ts';
import { aTrainingRun, aVersion, NOW, perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

describe('the care of objects', () => {
  const database = perennialDatabase();
  let folder: string;
  let store: ObjectStore;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'perennial-test-care-'));
    store = createFolderStore(pathToFileURL(folder).href);
    await database().query(`update migrations set at = now() - interval '1 year'`);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const put = async (key: string, daysAgo = 20): Promise<string> => {
    await store.put(key, new TextEncoder().encode('ten bytes!'));
    const then = new Date(Date.now() - daysAgo * DAY);
    await utimes(join(folder, key), then, then);
    return key;
  };
  const steps = (records: Records = createRecords(database())) =>
    createCareActivities({
      records,
      store,
      sharedClock: createSharedClock(database()),
      keep: { predictions: 90, counts: 400 },
    });
  const removedBy = async (step: () => Promise<Removed[]>): Promise<Removed[]> => {
    const removed: Removed[] = await new MockActivityEnvironment().run(step);
    return removed.filter(({ count }) => count > 0);
  };
  const sweep = (dryRun = false, records?: Records): Promise<Removed[]> =>
    removedBy(() => steps(records).sweepObjects({ dryRun }));
  const removeOldRows = (dryRun = false): Promise<Removed[]> =>
    removedBy(async () => (await steps().removeOldRows({ dryRun })).removed);
  const left = async (of: string[]): Promise<string[]> => {
    const there = await Promise.all(of.map((key) => store.has(key)));
    return of.filter((_, i) => there[i]);
  };

  it('deletes objects that no row names and that were not written for two weeks, and lists them', async () => {
    const old = await Promise.all(
      ['parts/fraud/rows/a.parquet', 'reports/fraud/drift/none.html'].map((key) => put(key)),
    );
    const fresh = await put('parts/fraud/rows/fresh.parquet', 13);
    const elsewhere = await put('notes/of-a-person.txt');
    const found = [
      { kind: 'parts', count: 1, bytes: 10, first: [old[0]] },
      { kind: 'reports', count: 1, bytes: 10, first: [old[1]] },
    ];
    assert.deepEqual(await sweep(true), found);
    assert.deepEqual(await left(old), old, 'a dry run deletes nothing');
    assert.deepEqual(await sweep(), found);
    assert.deepEqual(await left([...old, fresh, elsewhere]), [fresh, elsewhere]);
    assert.deepEqual(await sweep(), []);
  });

  it('removes what servers counted of arms long ago, but nothing that a rollout reads', async () => {
    await aVersion(database(), 'run-1');
    const id = '01890000-0000-7000-8000-000000000000';
    for (const generation of [1, 2, 3]) {
      await createTallies(database()).keep([{ pipeline: 'fraud', generation, version: 2, id, time: NOW, score: 0.5 }]);
      await createTallies(database()).record('a/1', [
        { pipeline: 'fraud', generation, version: 1, tally: emptyTally() },
        { pipeline: 'fraud', generation, version: 2, tally: emptyTally() },
      ]);
    }
    await database().query(`
      insert into rollouts (id, pipeline, revision, version, generation, reason, asked_by, asked_at, own_run)
      select 'a', pipeline, revision, 1, 2, 'why not', 'ada', now(), true from revisions;
      update arm_tallies set told_at = now() - interval '15 days' where generation < 3`);
    const found = [
      { kind: 'tallies', count: 1, bytes: null, first: ['fraud/1'] },
      { kind: 'shadow scores', count: 1, bytes: null, first: [] },
    ];
    assert.deepEqual(await removeOldRows(true), found);
    assert.deepEqual(await removeOldRows(), found);
    for (const table of ['arm_tallies', 'shadow_scores']) {
      const { rows } = await database().query(`select distinct generation from ${table} order by generation`);
      assert.deepEqual(rows, [{ generation: 2 }, { generation: 3 }], table);
    }
  });

  it('deletes the object of a part once its row is removed, and not before', async () => {
    const key = await put('parts/fraud/rows/a.parquet');
    const of = { extraction: 'fraud/e1', number: 1, kind: 'rows', from: NOW, to: NOW } as const;
    await createParts(database()).record('fraud', { ...of, objectKey: key, sha256: 'ab', rows: 1, bytes: 10 });
    assert.deepEqual(await sweep(), []);
    await database().query(`
      alter table parts disable trigger written_once;
      update parts set created_at = now() - interval '15 days'`);
    assert.deepEqual(await removeOldRows(), [{ kind: 'unnamed parts', count: 1, bytes: null, first: ['fraud/e1/1'] }]);
    assert.deepEqual(await sweep(), [{ kind: 'parts', count: 1, bytes: 10, first: [key] }]);
  });

  it('keeps objects older than the database, whose rows may be in a backup', async () => {
    const kept = await put('parts/fraud/rows/a.parquet', 400);
    assert.deepEqual(await sweep(), []);
    assert.ok(await store.has(kept));
  });

  it('keeps objects that are written again while it looks', async () => {
    const key = await put('parts/fraud/rows/a.parquet');
    const records = createRecords(database());
    const named = async (keys: string[]): Promise<Set<string>> => {
      await store.put(key, new Uint8Array());
      return records.named(keys);
    };
    assert.deepEqual(await sweep(false, { ...records, named }), []);
    assert.ok(await store.has(key));
  });

  it('deletes what was set aside once that is as old too and no row names it', async () => {
    const key = await put('parts/fraud/rows/a.parquet', 0);
    const of = { extraction: 'fraud/e1', number: 1, kind: 'rows', from: NOW, to: NOW } as const;
    await createParts(database()).record('fraud', { ...of, objectKey: key, sha256: 'ab', rows: 1, bytes: 10 });
    const asides = [key, 'parts/unnamed', 'parts/young'];
    const forgotten: string[] = [];
    store = {
      ...store,
      async *aside(folder) {
        for (const each of asides.filter((one) => one.startsWith(folder)))
          yield {
            key: each,
            sizeBytes: 1,
            modifiedAt: new Date(Date.now() - (each === 'parts/young' ? 13 : 15) * DAY),
          };
      },
      forget: async (each) => void forgotten.push(each),
    };
    await sweep(true);
    assert.deepEqual(forgotten, []);
    await sweep();
    assert.deepEqual(forgotten, ['parts/unnamed']);
  });

  it('keeps objects that rows name: parts, batches, versions and reports', async () => {
    const { ref } = database;
    const { version } = await aVersion(database(), 'c1');
    await namePart('parts/fraud/rows/a.parquet', 'batches/fraud/b1/a.parquet', version);
    await database().query(
      `insert into verdicts (id, pipeline, as_of, level, verdict) values ('d1', 'fraud', $1, 'stable', $2)`,
      [NOW, { reportKey: 'reports/fraud/drift/d1.html' }],
    );
    await database().query(
      `insert into snapshots (id, pipeline, revision, as_of, status, report_key) values ('s2', 'fraud', $1, $2, 'published', $3)`,
      [ref().revision, NOW, 'reports/fraud/quality/s2/ab.html'],
    );
    await createModelVersions(database()).attachCard('fraud', version, `reports/fraud/models/v${version}/ab.html`);
    const named = [
      'parts/fraud/rows/a.parquet',
      'batches/fraud/b1/a.parquet',
      'models/c1',
      'reports/fraud/drift/d1.html',
      'reports/fraud/quality/s2/ab.html',
      `reports/fraud/models/v${version}/ab.html`,
    ];
    const nobodys = ['batches/fraud/b2/a.parquet', 'reports/fraud/quality/s2/cd.html', 'reports/fraud/models/v9.html'];
    for (const key of [...named, ...nobodys]) await put(key, 300);
    await sweep();
    assert.deepEqual(await left([...named, ...nobodys]), named);
  });

  describe('after a training', () => {
    const [set, candidate, winner, refit] = [
      'training-sets/fraud/c1.parquet',
      'models/fraud/c1.json',
      'models/fraud/winner.json',
      'models/fraud/refit.json',
    ] as const;
    const objects = [set, candidate, winner, refit];
    const checkpoint = 'checkpoints/c1/mlp/ab.json';

    /** A training that ended, `daysAgo`; all that it wrote is old. */
    async function trained(daysAgo: number, { registered = false, open = false } = {}): Promise<void> {
      const trainingRuns = createTrainingRuns(database());
      const run = await aTrainingRun(database(), 'c1');
      await trainingRuns.recordSet('c1', { objectKey: set } as never);
      await trainingRuns.recordCandidate('c1', { candidate: 'mlp', objectKey: candidate } as never);
      await trainingRuns.recordWinner('c1', { candidate: 'mlp', objectKey: winner } as never);
      await trainingRuns.recordRefit('c1', { outcome: 'refitted', objectKey: refit } as never);
      if (registered) await createModelVersions(database()).register(run, 'ada');
      await database().query(`update cycles set opened_at = now() - make_interval(days => $1)`, [daysAgo]);
      if (open) await database().query(`update cycles set outcome = null`);
      for (const key of [...objects, checkpoint]) await put(key, 60);
      await sweep();
    }

    it('keeps everything while it is still running', async () => {
      await trained(60, { open: true });
      assert.deepEqual(await left([...objects, checkpoint]), [...objects, checkpoint]);
    });

    it('keeps everything for thirty days after its end, since its cycle may be opened again', async () => {
      await trained(29);
      assert.deepEqual(await left([...objects, checkpoint]), [...objects, checkpoint]);
    });

    it('keeps the training set and the winner when it registered a version', async () => {
      await trained(60, { registered: true });
      assert.deepEqual(await left([...objects, checkpoint]), [set, winner]);
    });

    it('deletes everything when it registered nothing', async () => {
      await trained(31);
      assert.deepEqual(await left([...objects, checkpoint]), []);
    });
  });

  /** Rows by the names of their columns; what a table does not have is left out. */
  const insert = (table: string, row: object) =>
    database().query(`insert into ${table} select * from jsonb_populate_record(null::${table}, $1)`, [row]);

  async function namePart(part: string, batch: string, version: number): Promise<void> {
    const { name: pipeline, revision } = database.ref();
    const of = { id: 'fraud/e1/1', part: 'fraud/e1/1', extraction: 'fraud/e1', number: 1 };
    const bytes = { sha256: 'ab', rows: 1, bytes: 1, created_at: NOW };
    const window = { from_time: NOW, to_time: NOW };
    await insert('parts', { ...of, ...bytes, ...window, pipeline, kind: 'rows', object_key: part });
    const opened = { pipeline, revision, as_of: NOW, version, snapshot: 's1', status: 'published', rows: 1 };
    await insert('batches', { id: 'b1', ...opened, ...window, created_at: NOW });
    await insert('batch_parts', { ...of, ...bytes, batch: 'b1', object_key: batch });
  }
});
