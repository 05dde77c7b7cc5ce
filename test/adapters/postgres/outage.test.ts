import { connect, streamed, transaction, type Database } from '../../../adapters/postgres/database.ts';
import { freePort } from '../../../local/stack/tcp-ports.ts';
import { startPostgres } from '../../../local/stack/postgres.ts';
import { eventually } from '../../support/temporal/dev-server.ts';
import { runSql, testDatabase, type TestDatabase } from '../../support/postgres/postgres.ts';
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, connect as dial, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const away = { code: 'DATABASE_UNREACHABLE', message: /127\.0\.0\.1:\d+\/\w+ does not answer .*check DATABASE_URL/ };

describe('a long query', () => {
  it('ends in the database when its caller is gone', async () => {
    const test = await testDatabase();
    const database = connect(test.url, { connections: 2 });
    try {
      const asked = new AbortController();
      const first = streamed(database, 'select 1 as one from pg_sleep(600)', [], asked.signal).next();
      first.catch(() => undefined);
      const working = `select from pg_stat_activity where query like 'fetch %' and state = 'active' and datname = current_database()`;
      await eventually(async () => (await runSql(test.url, working)).rowCount);
      asked.abort(new Error('cancelled'));
      await assert.rejects(first, /cancelled/);
      await eventually(async () => (await runSql(test.url, working)).rowCount === 0);
      assert.equal((await database.query('select 1 as one')).rowCount, 1);
    } finally {
      await database.end();
      await test.drop();
    }
  });
});

describe('a database that goes away @slow', () => {
  let test: TestDatabase;
  let database: Database;
  before(async () => void (test = await testDatabase()));
  after(() => test.drop());
  afterEach(() => database.end());

  const ends = [
    ['a statement', () => database.query('select pg_sleep(600)')],
    ['a transaction', () => transaction(database, (client) => client.query('select pg_sleep(600)'))],
  ] as const;

  for (const [what, begin] of ends)
    it(`is reported in the middle of ${what}, and answers again afterwards`, async () => {
      database = connect(test.url, { connections: 1 });
      const asked = begin();
      asked.catch(() => undefined);
      const others = `from pg_stat_activity where query like '%pg_sleep(600)%' and datname = current_database() and pid <> pg_backend_pid()`;
      await eventually(async () => (await runSql(test.url, `select pg_terminate_backend(pid) ${others}`)).rowCount);
      await assert.rejects(asked, away);
      assert.deepEqual((await database.query('select 1 as one')).rows, [{ one: 1 }]);
    });

  it('is reported while it is stopped, and answers when it has started again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'perennial-outage-'));
    const { port } = await freePort(31_000 + (process.pid % 1_000));
    const options = { folder: join(folder, 'cluster'), port, logFile: join(folder, 'log'), settings: { fsync: 'off' } };
    let postgres = await startPostgres(options);
    try {
      database = connect(postgres.url('postgres'));
      await database.query('select 1');
      await postgres.stop();
      await assert.rejects(database.query('select 1'), away);
      await assert.rejects(
        transaction(database, (client) => client.query('select 1')),
        away,
      );
      postgres = await startPostgres(options);
      assert.deepEqual((await database.query('select 1 as one')).rows, [{ one: 1 }]);
    } finally {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('loses a connection that accepts everything and answers nothing', async () => {
    const { pathname, port, username, password } = new URL(test.url);
    const hole = await blackHole(Number(port));
    try {
      const url = `postgres://${username}:${password}@127.0.0.1:${hole.port}${pathname}`;
      database = connect(url, { connections: 1, quietMs: 200 });
      // On a busy machine an answer may take as long.
      await eventually(() => database.query('select 1').then(() => true, () => false)); // prettier-ignore
      hole.swallow();
      for (const [, begin] of ends) await assert.rejects(begin(), away);
    } finally {
      await hole.close();
    }
  });
});

/** Passes bytes on to a port until it is told to swallow them. */
async function blackHole(port: number) {
  let swallows = false;
  const server: Server = createServer((near) => {
    const far = dial(port, '127.0.0.1');
    near.on('data', (bytes) => !swallows && far.write(bytes)).on('close', () => far.destroy());
    far.on('data', (bytes) => !swallows && near.write(bytes)).on('close', () => near.destroy());
    for (const socket of [near, far]) socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    swallow: () => void (swallows = true),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
