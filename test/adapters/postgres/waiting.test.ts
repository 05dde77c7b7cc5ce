import { createBatches } from '../../../adapters/postgres/predictions/batches.ts';
import { connect, type Database } from '../../../adapters/postgres/database.ts';
import { createLabels } from '../../../adapters/postgres/data/labels.ts';
import { createModelVersions } from '../../../adapters/postgres/training/model-versions.ts';
import { createTrafficTable } from '../../../adapters/postgres/rollout/traffic.ts';
import { createRetrainingLedger } from '../../../adapters/postgres/training/retraining-ledger.ts';
import { aTrainingRun, aVersion, NOW, perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { runSql } from '../../support/postgres/postgres.ts';
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import pg from 'pg';

describe('a change made while rows are written for a pipeline', () => {
  const database = perennialDatabase();
  let impatient: Database;
  beforeEach(async () => {
    // From here on, a connection that waits longer for a lock fails.
    await runSql(
      database.url(),
      `alter database ${new URL(database.url()).pathname.slice(1)} set lock_timeout = '200ms'`,
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

  it('waits for no backfill of a million labels: no rollback waits 200 ms for a lock @slow', async () => {
    for (const run of ['run-1', 'run-2']) await aVersion(database(), run);
    await database().query(aPart);
    let ingesting = true;
    const facts = async function* () {
      for (let start = 0; start < 1_000_000; start += 5_000)
        yield Array.from({ length: 5_000 }, (_, i) => ({ key: `card ${start + i}`, value: i % 2, observedAt: NOW }));
    };
    const ingestion = createLabels(database(), facts)
      .ingest('fraud', { id: 'fraud/e1/1', file: 'labels.parquet' }, NOW)
      .finally(() => (ingesting = false));

    const took: number[] = [];
    try {
      while (ingesting) {
        const began = performance.now();
        await promote(1 + (took.length % 2), took.length);
        took.push(performance.now() - began);
      }
    } finally {
      await ingestion;
    }
    const { rows } = await database().query<{ count: number }>('select count(*) as count from labels');
    assert.equal(rows[0]?.count, 1_000_000);
    assert.ok(took.length > 5, `${took.length} rollbacks`);
    took.sort((a, b) => a - b);
    process.stdout.write(
      `      ${took.length} rollbacks meanwhile: median ${Math.round(took[took.length >> 1]!)} ms, longest ${Math.round(took.at(-1)!)} ms\n`,
    );
  });
});
