import { createBatches } from '../../../adapters/postgres/predictions/batches.ts';
import { connect, type Database } from '../../../adapters/postgres/database.ts';
import { createLabels } from '../../../adapters/postgres/data/labels.ts';
import { createModelVersions } from '../../../adapters/postgres/training/model-versions.ts';
import { createTrafficTable } from '../../../adapters/postgres/rollout/traffic.ts';
import { createRetrainingLedger } from '../../../adapters/postgres/training/retraining-ledger.ts';
import { aTrainingRun, aVersion, NOW, perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { runSql } from '../../support/postgres/postgres.ts';
import assert from 'node:assert/strict';
import pg from 'pg';

describe('a change made while rows are written for a pipeline', () => {
  const database = perennialDatabase();
  let impatient: Database;
  beforeEach(async () => {
    // From here on, a connection that waits for a lock fails: no writer below ends its transaction before.
    await runSql(
      database.url(),
      `alter database ${new URL(database.url()).pathname.slice(1)} set lock_timeout = '10s'`,
    );
    impatient = connect(database.url());
  });
  afterEach(() => impatient.end());

  const promote = (version: number, expectedGeneration: number) =>
    createTrafficTable(impatient).promote({
      pipeline: 'fraud',
      version,
      expectedGeneration,
      at: NOW,
      by: 'ada',
      reason: 'worse',
    });
  const aCycle = { id: 'c1', pipeline: 'fraud', reason: 'person', asOf: NOW, driftSince: null, requests: [] } as const;
  const aBatch = { id: 'b1', pipeline: 'fraud', asOf: NOW, version: 1, snapshot: 's1' };

  /** Runs `work` while a transaction that wrote this is still open. */
  async function duringWrite(sql: string, work: () => Promise<void>): Promise<void> {
    const writer = new pg.Client({ connectionString: database.url(), options: '-c search_path=perennial' });
    await writer.connect();
    try {
      await writer.query('begin');
      await writer.query(sql);
      await work();
      await writer.query('commit');
    } finally {
      await writer.end();
    }
  }
  const aPart = `
    insert into parts (id, extraction, number, pipeline, kind, from_time, to_time, object_key, sha256, rows, bytes)
    values ('fraud/e1/1', 'fraud/e1', 1, 'fraud', 'labels', now(), now(), 'k', 's', 1, 1)`;

  it('waits for no part that is being recorded: registrations, promotions, rollbacks and cycles', async () => {
    const models = [await aTrainingRun(database(), 'run-1'), await aTrainingRun(database(), 'run-2')];
    await duringWrite(aPart, async () => {
      for (const model of models) await createModelVersions(impatient).register(model, 'ada');
      await promote(1, 0);
      await promote(2, 1);
      assert.equal((await promote(1, 2)).generation, 3);
      assert.equal((await createRetrainingLedger(impatient).openCycle({ ...aCycle, requests: [] })).id, 'c1');
    });
  });

  it('waits for no part that is being scored, such as a batch that another attempt publishes', async () => {
    await aVersion(database(), 'run-1');
    const { revision } = database.ref();
    const batches = createBatches(impatient);
    await batches.open({ ...aBatch, revision, window: { from: NOW, to: NOW } });
    await database().query(aPart);
    const scored = `insert into batch_parts (batch, part, object_key, sha256, rows) values ('b1', 'fraud/e1/1', 'k', 's', 1)`;
    await duringWrite(scored, async () => {
      assert.equal((await batches.publish('fraud', 'b1', [])).status, 'published');
    });
  });

  it('waits for no label that is being written: promotions and rollbacks', async () => {
    for (const run of ['run-1', 'run-2']) await aVersion(database(), run);
    const aLabel = `insert into labels (pipeline, key, value, observed_at, known_at) values ('fraud', 'k', 1, now(), now())`;
    await duringWrite(aLabel, async () => {
      await promote(1, 0);
      await promote(2, 1);
      assert.equal((await promote(1, 2)).generation, 3);
    });
  });

  it('waits for no backfill of labels, whose transactions are short', async () => {
    await aVersion(database(), 'run-1');
    await database().query(aPart);
    const facts = async function* () {
      yield Array.from({ length: 5_000 }, (_, i) => ({ key: `card ${i}`, value: i % 2, observedAt: NOW }));
      await promote(1, 0);
      const { rows } = await database().query<{ count: number }>('select count(*) as count from labels');
      assert.equal(rows[0]?.count, 5_000, 'the first of them are committed');
      yield [{ key: 'the last', value: 1, observedAt: NOW }];
    };
    const part = { id: 'fraud/e1/1', file: 'labels.parquet' };
    assert.equal(await createLabels(database(), facts).ingest('fraud', part, NOW), 5_001);
  });
});
