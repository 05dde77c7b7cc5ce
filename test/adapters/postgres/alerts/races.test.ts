import { createAlerts } from '../../../../adapters/postgres/alerts/alerts.ts';
import { type Database } from '../../../../adapters/postgres/database.ts';
import { createReminders } from '../../../../adapters/postgres/alerts/reminders.ts';
import { type AlertKind, type Severity } from '../../../../core/alerts/alerts.ts';
import { after } from '../../../../core/time/time.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { until } from '../../../server/fakes.ts';
import assert from 'node:assert/strict';
import type { PoolClient } from 'pg';

const at = (hours: number) => after('2026-03-01T00:00:00.000Z', `${hours} hours`);

describe('an alert whose cause opens at the moment somebody changes it', () => {
  const database = perennialDatabase();
  const alerts = () => createAlerts(database());
  const raise = (kind: AlertKind, hours: number, severity: Severity = 'critical', by: Database = database()) =>
    createAlerts(by).raise(
      { fingerprint: `${kind}/fraud`, occasion: `${hours}`, pipeline: 'fraud', kind, severity, summary: kind, detail: '', at: at(hours) }, // prettier-ignore
      '6 hours',
    );
  const data = (hours: number) => raise('data-failed', hours, 'warning');

  /** Changes `data-failed` while its cause has put it under itself and has not yet committed that. */
  async function meanwhile(change: () => Promise<unknown>): Promise<string | null> {
    let [hasAdopted, commit] = [false, () => {}];
    const changing = new Promise<void>((resolve) => (commit = resolve));
    const slow = slowly(database(), async (sql) => {
      if (!sql.startsWith('update alerts set under')) return;
      hasAdopted = true;
      await changing;
    });
    const cause = raise('source-unreachable', 1, 'critical', slow);
    await until(() => hasAdopted, 'the cause explains it');
    const changed = change();
    const waits = `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    await until(async () => (await database().query(waits)).rowCount === 1, 'the change waits').finally(commit);
    await changed;
    const { under } = (await alerts().list({ limit: 10 })).find(({ kind }) => kind === 'data-failed') ?? {};
    return under === (await cause).id ? 'explained' : 'by itself';
  }

  it('stays explained when it is acknowledged', async () => {
    const { id } = await data(0);
    assert.equal(await meanwhile(() => alerts().acknowledge(id, at(1), 'ada')), 'explained');
    assert.equal((await alerts().get(id)).acknowledgedBy, 'ada');
  });

  it('stays explained when it is silenced', async () => {
    const { id } = await data(0);
    assert.equal(await meanwhile(() => alerts().silence(id, at(9), 'ada')), 'explained');
    assert.equal((await alerts().get(id)).silencedUntil, at(9));
  });

  it('stays explained when another cause of it has ended, and nobody is told of it', async () => {
    await raise('temporal-gone', 0);
    await data(0);
    await alerts().resolve('temporal-gone/fraud', { at: at(0), by: 'a test', reason: 'over' });
    assert.equal(await meanwhile(() => createReminders(database()).release(at(1), at(1))), 'explained');
    const { rows } = await database().query(`select a.kind from alert_tellings t join alerts a on a.id = t.alert order by t.id`); // prettier-ignore
    assert.deepEqual(rows.map(({ kind }) => kind), ['temporal-gone', 'temporal-gone', 'source-unreachable']); // prettier-ignore
  });
});

/** A database that waits after statements of its transactions. */
function slowly(database: Database, after: (sql: string) => Promise<void>): Database {
  const ofItsOwn = (target: object, name: string | symbol): unknown => {
    const value: unknown = Reflect.get(target, name);
    return typeof value === 'function' ? (value.bind(target) as unknown) : value;
  };
  const query = (client: PoolClient) => async (sql: string, values?: unknown[]) => {
    const answer = await client.query(sql, values);
    await after(sql);
    return answer;
  };
  const slow = (client: PoolClient): PoolClient =>
    new Proxy(client, { get: (target, name) => (name === 'query' ? query(target) : ofItsOwn(target, name)) });
  const connect = async (): Promise<PoolClient> => slow(await database.connect());
  return new Proxy(database, { get: (target, name) => (name === 'connect' ? connect : ofItsOwn(target, name)) });
}
