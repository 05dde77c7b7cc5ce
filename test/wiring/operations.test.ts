import { connectOperations } from '../../wiring/operations.ts';
import { readConfig } from '../../wiring/settings.ts';
import { ada } from '../support/asked.ts';
import { perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

describe('operations', () => {
  const database = perennialDatabase();

  it('makes as many connections as its setting allows, however much is asked at once', async () => {
    const config = readConfig({
      DATABASE_URL: database.url(),
      OBJECT_STORE_URL: 'file:///nowhere',
      PERENNIAL_DATA: '/nowhere',
      PERENNIAL_CONSOLE_CONNECTIONS: '3',
    });
    const { operations, close } = await connectOperations(config);
    const { status } = operations.as(ada);
    try {
      await Promise.all(Array.from({ length: 50 }, () => status.lines()));
      const { rows } = await database().query<{ open: number }>(
        'select count(*) - 1 as open from pg_stat_activity where datname = current_database()',
      );
      assert.equal(rows[0]!.open, 3);
    } finally {
      await close();
    }
  });
});
