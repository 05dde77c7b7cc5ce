import { connect, migrate } from '../../../adapters/postgres/database.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { createPredictionLog } from '../../../adapters/postgres/prediction-log.ts';
import { testDatabase } from '../../support/postgres.ts';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';

const folder = new URL('../../../adapters/postgres/migrations/', import.meta.url);
/** A declaration as it was stored when label facts came from tables alone. */
const old = {
  name: 'churn',
  source: { kind: 'postgres', connection: { env: 'SHOP' }, table: 'visits', key: 'id', time: 'at' },
  columns: { visits: { kind: 'number' } },
  label: {
    name: 'left',
    connection: { env: 'SHOP' },
    table: 'farewells',
    key: 'visit',
    value: 'left',
    observedAt: 'seen_at',
    maturesAfter: '7 days',
    whenAbsent: 0,
  },
  candidates: [{ kind: 'logistic', name: 'logistic' }],
  gates: { metric: 'rocAuc', margin: 0.01 },
};

describe('a database of an earlier version', () => {
  it('is brought up to date with all that it knows: declarations are read as they are written now', async () => {
    const test = await testDatabase();
    const database = connect(test.url);
    try {
      await database.query('create schema perennial');
      await database.query('create table migrations (name text primary key, at timestamptz default now())');
      await database.query(await readFile(new URL('001-spine.sql', folder), 'utf8'));
      await database.query("insert into migrations (name) values ('001-spine.sql')");
      await database.query("insert into revisions values ('churn', 'r1', $1, now(), 'ada')", [old]);
      await database.query("insert into pipelines values ('churn', 'r1', now())");

      await migrate(database);
      await migrate(database);

      const pipeline = await createPipelines(database).declaration({ name: 'churn', revision: 'r1' });
      assert.deepEqual(pipeline.label, {
        name: 'left',
        kind: 'binary',
        facts: {
          kind: 'postgres',
          connection: { env: 'SHOP' },
          table: 'farewells',
          key: 'visit',
          value: 'left',
          observedAt: 'seen_at',
        },
        maturesAfter: '7 days',
        whenAbsent: 0,
      });
    } finally {
      await database.end();
      await test.drop();
    }
  });

  it('takes predictions about which nothing is decided', async () => {
    const test = await testDatabase();
    const database = connect(test.url);
    try {
      await migrate(database);
      const prediction = {
        id: '6a2f41a3-c54c-4b5e-9d1a-3f0c7f7f6f01',
        pipeline: 'demand',
        version: 1,
        key: 'k1',
        time: '2026-01-03T02:00:00.000Z',
        row: { visits: 3 },
        score: 41.5,
        decision: null,
        servedAt: '2026-01-03T02:00:00.000Z',
      };
      assert.equal(await createPredictionLog(database).append([prediction]), 1);
      const { rows } = await database.query('select score, decision from predictions');
      assert.deepEqual(rows, [{ score: 41.5, decision: null }]);
    } finally {
      await database.end();
      await test.drop();
    }
  });
});
