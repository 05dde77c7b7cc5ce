import { connectOperationPorts } from '../../adapters/operation-ports.ts';
import { readConfig } from '../../adapters/machine/config.ts';
import { perennialDatabase } from '../support/perennial-database.ts';
import assert from 'node:assert/strict';

describe('what operations lean on', () => {
  const database = perennialDatabase();

  it('makes as many connections as its setting allows, however much is asked at once', async () => {
    const config = readConfig({
      DATABASE_URL: database.url(),
      OBJECT_STORE_URL: 'file:///nowhere',
      PERENNIAL_DATA: '/nowhere',
      PERENNIAL_CONSOLE_CONNECTIONS: '3',
    });
    const { ports, close } = await connectOperationPorts(config);
    try {
      await Promise.all(Array.from({ length: 50 }, () => ports.pipelines.list()));
      const { rows } = await database().query<{ open: number }>(
        'select count(*) - 1 as open from pg_stat_activity where datname = current_database()',
      );
      assert.equal(rows[0]!.open, 3);
    } finally {
      await close();
    }
  });
});
