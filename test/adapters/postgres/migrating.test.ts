import { migrate, migrationNames } from '../../../adapters/postgres/database.ts';
import { databaseBefore } from '../../support/postgres/database-before.ts';
import { until } from '../../server/fakes.ts';
import assert from 'node:assert/strict';

describe('migrations', () => {
  it('let servers of the last release read and write between one and the next', async () => {
    await databaseBefore(
      '064',
      async (database) => {
        const [other, server] = [await database.connect(), await database.connect()];
        try {
          await other.query('begin; select from performance_estimates'); // holds up the second migration
          const migrated = migrate(database);
          await until(async () => {
            const { rows } = await database.query(
              `select from pg_locks where not granted and relation = 'performance_estimates'::regclass`,
            );
            return rows.length > 0;
          }, 'the second migration waits');
          await server.query(`begin; set lock_timeout = '500 ms'; select from alert_tellings for no key update`);
          await server.query('select from alert_deliveries'); // if it had to wait, a later migration would wait for it
          await server.query('commit');
          await other.query('commit');
          await migrated;
        } finally {
          for (const client of [other, server]) client.release(true);
        }
        const { rows } = await database.query<{ name: string }>('select name from migrations order by name');
        assert.deepEqual(rows.map(({ name }) => name), await migrationNames()); // prettier-ignore
      },
      4,
    );
  });

  it('hold no table while they wait for one that a server of the last release reads before it', async () => {
    await databaseBefore(
      '071',
      async (database) => {
        const server = await database.connect();
        try {
          await server.query('begin; select from cycles');
          const migrated = migrate(database);
          await until(async () => {
            const { rows } = await database.query(
              `select from pg_locks where not granted and relation = 'cycles'::regclass`,
            );
            return rows.length > 0;
          }, 'a migration waits for the cycles');
          await server.query(`set lock_timeout = '500 ms'; select from requests; commit`);
          await migrated;
        } finally {
          server.release(true);
        }
      },
      4,
    );
  });

  it('that were done stay when a later one fails, and the next try does the rest', async () => {
    await databaseBefore('064', async (database) => {
      const done = async () => (await database.query<{ name: string }>('select name from migrations order by name')).rows.at(-1)!.name; // prettier-ignore
      await database.query('create table alert_reach ()'); // 067 makes it
      await assert.rejects(migrate(database), /"alert_reach" already exists/);
      assert.match(await done(), /^066/);
      await database.query('drop table alert_reach');
      await migrate(database);
      assert.equal(await done(), (await migrationNames()).at(-1));
    });
  });
});
