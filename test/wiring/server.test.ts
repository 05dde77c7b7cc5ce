import { connectServer } from '../../wiring/server.ts';
import { readConfig } from '../../wiring/settings.ts';
import assert from 'node:assert/strict';

const environment = {
  DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/nothing',
  OBJECT_STORE_URL: 'file:///nowhere',
  PERENNIAL_DATA: '/nowhere',
};

describe('what the server leans on', () => {
  it('names those whom the installation names, a web hook by its variable only', () => {
    const settings = {
      ...environment,
      PERENNIAL_ALERT_EMAIL: 'ada@example.com,ben@example.com',
      PERENNIAL_ALERT_SLACK: 'https://hooks.example.com/services/very-secret',
      PERENNIAL_ALERT_WEBHOOK: 'https://hooks.example.com/very-secret',
      PERENNIAL_ALERT_WEBHOOK_SECRET: 'a-very-secret-secret',
      PERENNIAL_ALERT_PAGERDUTY: 'very-secret-key',
    };
    const { ports } = connectServer(readConfig(settings), settings);
    assert.deepEqual(ports.alerting.always, [
      { channel: 'email', target: 'ada@example.com' },
      { channel: 'email', target: 'ben@example.com' },
      { channel: 'slack', target: 'PERENNIAL_ALERT_SLACK' },
      { channel: 'webhook', target: 'PERENNIAL_ALERT_WEBHOOK/PERENNIAL_ALERT_WEBHOOK_SECRET' },
      { channel: 'pagerduty', target: 'PERENNIAL_ALERT_PAGERDUTY' },
    ]);
  });

  it('leaves a Temporal that cannot even be asked to those who ask, so that the server starts', async () => {
    const files = {
      TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere/client.pem',
      TEMPORAL_TLS_CLIENT_KEY_PATH: '/nowhere/key.pem',
    };
    const settings = { ...environment, ...files };
    const { temporal, schedules } = connectServer(readConfig(settings), settings).ports.alerting;
    await assert.rejects(temporal.polls(), /client\.pem/);
    await assert.rejects(schedules.list('fraud'), /client\.pem/);
  });
});
