import { KEYS_CHANNEL } from '../../../adapters/postgres/access/keys.ts';
import { createFeed } from '../../../adapters/postgres/feed.ts';
import { TRAFFIC_CHANNEL } from '../../../adapters/postgres/rollout/traffic.ts';
import { until } from '../../server/fakes.ts';
import { runSql, testDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';
import assert from 'node:assert/strict';

describe('the feed of changes', () => {
  const channels = [TRAFFIC_CHANNEL, KEYS_CHANNEL];
  let database: TestDatabase;
  let feed: ReturnType<typeof createFeed<string>> | undefined;
  const heard: (string | null)[] = [];
  beforeEach(async () => {
    database = await testDatabase();
    heard.length = 0;
  });
  afterEach(async () => {
    await feed?.close();
    await database.drop();
  });
  const listening = `from pg_stat_activity where datname = current_database() and query ilike 'listen%'`;

  it("reports at once which pipeline's traffic changed, and after a lost connection that any may have @slow", async () => {
    feed = createFeed(database.url, channels);
    feed.subscribe(TRAFFIC_CHANNEL, (pipeline) => heard.push(pipeline));
    await until(() => heard.length === 1, 'the feed listens');
    await runSql(database.url, `select pg_notify('perennial_traffic', 'fraud')`);
    await until(() => heard.length === 2, 'the change is heard');
    assert.deepEqual(heard, [null, 'fraud']);

    await runSql(database.url, `select pg_terminate_backend(pid) ${listening}`);
    await until(() => heard.length === 3, 'the feed listens again');
    await runSql(database.url, `select pg_notify('perennial_traffic', 'churn')`);
    await until(() => heard.length === 4, 'the change is heard on the new connection');
    assert.deepEqual(heard.slice(2), [null, 'churn']);
  });

  it('reports keys and traffic separately, on one connection', async () => {
    const told: string[] = [];
    feed = createFeed(database.url, channels);
    feed.subscribe(TRAFFIC_CHANNEL, (pipeline) => told.push(`traffic ${pipeline}`));
    feed.subscribe(KEYS_CHANNEL, () => told.push('keys'));
    await until(() => told.length === 2, 'the feed listens');
    await runSql(database.url, `select pg_notify('perennial_keys', ''), pg_notify('perennial_traffic', 'fraud')`);
    await until(() => told.length === 4, 'both changes are heard');
    assert.deepEqual(told, ['traffic null', 'keys', 'keys', 'traffic fraud']);
    assert.equal((await runSql(database.url, `select 1 ${listening}`)).rowCount, 1);
  });

  it('releases its connection when it is closed', async () => {
    feed = createFeed(database.url, channels);
    feed.subscribe(TRAFFIC_CHANNEL, (pipeline) => heard.push(pipeline));
    await until(() => heard.length === 1, 'the feed listens');
    await feed.close();
    const left = async () => (await runSql(database.url, `select 1 ${listening}`)).rowCount;
    await until(async () => (await left()) === 0, 'the connection is gone');
  });

  it('waits without failing for a database that is not there yet', async () => {
    const warnings: string[] = [];
    const elsewhere = new URL(database.url);
    elsewhere.pathname = '/not-there';
    const log = { info: () => undefined, warn: (text: string) => void warnings.push(text) };
    feed = createFeed(String(elsewhere), channels, { log });
    feed.subscribe(TRAFFIC_CHANNEL, (pipeline) => heard.push(pipeline));
    await until(() => warnings.length === 1, 'the loss is told');
    assert.match(warnings[0]!, /not-there/);
    assert.deepEqual(heard, []);
  });
});
