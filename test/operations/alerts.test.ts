import { createAlerts } from '../../adapters/postgres/alerts/alerts.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createAlertOperations } from '../../operations/alerts.ts';
import { asAda } from '../support/asked.ts';
import { perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

const NOW = '2026-03-01T12:00:00.000Z';

describe("a person's operations on alerts", () => {
  const database = perennialDatabase();
  const operations = () =>
    asAda(
      createAlertOperations({
        pipelines: createPipelines(database()),
        alerts: createAlerts(database()),
        clock: { now: () => new Date(NOW) },
      }),
    );
  const raise = async (occasion = 'verdict/1'): Promise<string> => {
    const about = { fingerprint: 'drift/fraud', pipeline: 'fraud', kind: 'drift', severity: 'critical' } as const;
    const words = { summary: 'fraud: severe drift', detail: 'amount moved' };
    return (await createAlerts(database()).raise({ ...about, ...words, occasion, at: NOW }, '6 hours')).id;
  };

  it('list the open ones, and ended ones on request', async () => {
    const id = await raise();
    assert.deepEqual((await operations().list()).map((alert) => alert.id), [id]); // prettier-ignore
    await operations().resolve(id);
    assert.deepEqual(await operations().list({ pipeline: 'fraud' }), []);
    const [ended] = await operations().list({ all: true });
    assert.deepEqual([ended!.resolvedBy, ended!.resolvedAt], ['ada', NOW]);
  });

  it('refuse a pipeline that was never applied', async () => {
    await assert.rejects(operations().list({ pipeline: 'fruad' }), { code: 'PIPELINE_UNKNOWN' });
  });

  it('accept the beginning of an id, and report when no id begins like it', async () => {
    const id = await raise();
    assert.equal((await operations().resolve(id.slice(0, 5))).id, id);
    await assert.rejects(operations().resolve('nope'), { code: 'ALERT_UNKNOWN', message: /"nope"/ });
  });

  it('silence until a moment in the future', async () => {
    const id = await raise();
    await assert.rejects(operations().silence(id, NOW), { code: 'REQUEST_INVALID', message: /has passed/ });
    const until = '2026-03-02T00:00:00.000Z';
    assert.equal((await operations().silence(id, until)).silencedUntil, until);
    assert.deepEqual(await operations().deliveries(id), []);
  });

  it('acknowledge what is open, and refuse what is resolved', async () => {
    const id = await raise();
    assert.deepEqual([(await operations().acknowledge(id)).acknowledgedBy], ['ada']);
    await operations().resolve(id);
    await assert.rejects(operations().acknowledge(id), { code: 'REQUEST_INVALID', message: /is resolved since/ });
  });

  it('lead to a new alert when the cause of one ended by hand persists', async () => {
    const id = await raise();
    await operations().resolve(id);
    assert.notEqual(await raise('verdict/2'), id);
  });
});
