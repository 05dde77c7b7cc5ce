import { testDatabase } from '../../support/postgres/postgres.ts';
import { connect } from '../../../adapters/postgres/database.ts';
import assert from 'node:assert/strict';

describe('times that Postgres keeps', () => {
  it('are read as instants, whatever their fraction of a second, and in any time zone of a session', async () => {
    const { url, drop } = await testDatabase();
    const database = connect(url, { connections: 1 });
    try {
      const written = [
        '2026-01-19T03:00:00Z',
        '2026-01-19T03:00:00.5Z',
        '2026-01-19T03:00:00.025Z',
        '2026-02-28T23:59:59.999999Z',
        '1969-12-31T23:59:59.123456Z',
        '2024-02-29T00:30:00+05:30',
      ];
      const read = async () => {
        const { rows } = await database.query<{ time: string }>(
          'select time from unnest($1::text[]::timestamptz[]) with ordinality as t (time, place) order by place',
          [written],
        );
        return rows.map(({ time }) => time);
      };
      const instants = [
        '2026-01-19T03:00:00.000Z',
        '2026-01-19T03:00:00.500Z',
        '2026-01-19T03:00:00.025Z',
        '2026-02-28T23:59:59.999Z',
        '1969-12-31T23:59:59.123Z',
        '2024-02-28T19:00:00.000Z',
      ];
      assert.deepEqual(await read(), instants);
      await database.query("set timezone = 'Asia/Kathmandu'");
      assert.deepEqual(await read(), instants);
    } finally {
      await database.end();
      await drop();
    }
  });
});
