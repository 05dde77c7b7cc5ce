import { createOutbox } from '../../../../adapters/postgres/alerts/outbox.ts';
import { type Database } from '../../../../adapters/postgres/database.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

interface Plan {
  'Actual Rows': number;
  'Actual Loops': number;
  Plans?: Plan[];
}

describe('a storm of alerts', () => {
  const database = perennialDatabase();
  const rowsOf = ({ 'Actual Rows': rows, 'Actual Loops': loops, Plans = [] }: Plan): number =>
    Math.max(rows * loops, ...Plans.map(rowsOf));

  it('is sent without a look at all that waits for each message', async () => {
    await database().query(
      `insert into alerts (id, fingerprint, pipeline, kind, severity, summary, detail, opened_at, last_seen_at, times, told)
       select i, i, 'fraud', 'drift', case when i = 3000 then 'critical' else 'warning' end, '', '', now(), now(), 1, true
       from generate_series(1, 3000) i`,
    );
    await database().query(
      `insert into alert_tellings (alert, telling, subject, text, severity, addressed)
       select id, 'opened', '', '', severity, true from alerts order by id::int`,
    );
    await database().query(
      `insert into alert_deliveries (telling, channel, target)
       select id, channel, 'ada' from alert_tellings, unnest(array['email', 'slack']) channel`,
    );
    await database().query('analyze');
    const { taken, plan } = await explained(database(), (explaining) => createOutbox(explaining).take(10, 'email'));
    assert.deepEqual(taken[0]?.severity, 'critical');
    assert.ok(rowsOf(plan) < 100, JSON.stringify(plan));
  });
});

/** What the database does for a query. */
async function explained<T>(database: Database, ask: (database: Database) => Promise<T>) {
  let plan: Plan | undefined;
  const query = async (sql: string, values: unknown[]) => {
    const client = await database.connect();
    try {
      await client.query('begin');
      const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`explain (analyze, format json) ${sql}`, values); // prettier-ignore
      plan = rows[0]!['QUERY PLAN'][0].Plan;
      await client.query('rollback');
    } finally {
      client.release();
    }
    return database.query(sql, values);
  };
  const taken = await ask({ query } as unknown as Database);
  return { taken, plan: plan! };
}
