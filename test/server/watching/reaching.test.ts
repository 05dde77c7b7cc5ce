import { createAlerts } from '../../../adapters/postgres/alerts/alerts.ts';
import { createClock } from '../../../adapters/machine/clock.ts';
import { createOutbox } from '../../../adapters/postgres/alerts/outbox.ts';
import { createReaches } from '../../../adapters/postgres/alerts/reach.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { createChannels } from '../../../adapters/channels/index.ts';
import { recipientsOf } from '../../../operations/recipients.ts';
import { createReaching } from '../../../server/watching/reaching.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { NOW, perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import assert from 'node:assert/strict';

describe('what a server says of whom its alerts reach', () => {
  const database = perennialDatabase();
  const server = (replica: string, environment: Record<string, string>, email: string[] = []) => {
    const settings = { smtpUrl: undefined, mailFrom: 'x@example.com', email, privateHooks: false, publicUrl: null };
    const made = createChannels(settings as unknown as Parameters<typeof createChannels>[0], environment);
    const log = pino(new Writable({ write: (_chunk, _encoding, done) => done() }));
    const [pipelines, reaches] = [createPipelines(database()), createReaches(database())];
    const [alerts, clock] = [createAlerts(database()), createClock()];
    return createReaching({ ...made, pipelines, reaches, alerts, clock, replica, log });
  };
  const say = async (...given: Parameters<typeof server>): Promise<void> => server(...given).look();
  const recipients = async (...names: (string | null)[]) =>
    recipientsOf({ pipelines: createPipelines(database()), reaches: createReaches(database()) }, names);
  const declare = (notifications: object) =>
    createPipelines(database()).apply(
      aPipeline({ name: 'churn', notifications: { email: [], cooldown: '6 hours', ...notifications } } as never),
      'ada',
    );

  it('names each variable that it lacks, by recipient, also of escalation', async () => {
    await declare({
      email: ['ada@example.com'],
      slack: { env: 'CHURN_SLACK' },
      webhook: { url: { env: 'HOOK' }, secret: { env: 'HOOK_SECRET' } },
      escalate: [{ after: '1 hour', email: [], pagerduty: { env: 'CHURN_PD' } }],
    });
    await say('s1', { HOOK: 'https://hooks.example.com/x', CHURN_SLACK: 'no address' });
    const found = (await recipients('churn')).get('churn')!;
    assert.deepEqual(
      found.map(({ channel, lacks }) => [channel, lacks]),
      [
        ['email', 'no mail server is set (PERENNIAL_SMTP_URL) on s1'],
        ['slack', "CHURN_SLACK does not hold a web hook's address on s1"],
        ['webhook', 'HOOK_SECRET is not set on s1'],
        ['pagerduty', 'CHURN_PD is not set on s1'],
      ],
    );
  });

  it('tells that nobody gets alerts once a server has said whom the installation tells', async () => {
    await declare({});
    assert.equal((await recipients('churn')).get('churn'), undefined, 'not known yet');
    await say('s1', {});
    assert.deepEqual((await recipients('churn', null)).get('churn'), []);
    await say('s1', {}, ['ops@example.com']);
    const all = await recipients('churn', null);
    assert.deepEqual([all.get('churn')!.length, all.get(null)!.length, all.get(null)![0]!.declared], [1, 1, false]);
  });

  it('is an alert for the others once messages have failed for a while, and is over when they arrive', async () => {
    await declare({ slack: { env: 'CHURN_SLACK' } });
    const about = { fingerprint: 'drift/churn', pipeline: 'churn', kind: 'drift', severity: 'critical' } as const;
    await createAlerts(database()).raise({ ...about, summary: 'drift', detail: '', occasion: 'v', at: NOW }, '6 hours');
    const [outbox, watching] = [createOutbox(database()), server('s1', {})];
    const slack = { channel: 'slack', target: 'CHURN_SLACK' } as const;
    await outbox.address(async () => ({ targets: [slack] }), NOW);
    const open = async () => (await createAlerts(database()).list({ kind: 'undelivered', limit: 9 })).map(({ summary }) => summary); // prettier-ignore
    for (let i = 0; i < 5; i++) {
      await watching.look();
      assert.deepEqual(await open(), []);
      for (const { id } of await outbox.take(1)) await outbox.failed(id, 'CHURN_SLACK is not set', 0);
    }
    await Promise.all([watching.look(), server('s2', {}).look()]);
    assert.deepEqual(await open(), ['churn: alerts do not reach Slack (CHURN_SLACK)']);
    for (const { id } of await outbox.take(1)) await outbox.delivered(id);
    await server('s1', {}).look();
    assert.deepEqual(await open(), []);
  });
});
