import { createAlerts } from '../../../adapters/postgres/alerts/alerts.ts';
import { createClock } from '../../../adapters/machine/clock.ts';
import { createOutbox } from '../../../adapters/postgres/alerts/outbox.ts';
import { createReaches } from '../../../adapters/postgres/alerts/reach.ts';
import { createAlertsTold } from '../../../adapters/postgres/alerts/sent.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { type InstalledManners } from '../../../core/alerts/installed.ts';
import { type AlertKind } from '../../../core/alerts/alerts.ts';
import { untoldInWords } from '../../../core/alerts/sent.ts';
import { type Target } from '../../../core/channels/index.ts';
import { after, MINUTE } from '../../../core/time/time.ts';
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
  let now = 0;
  const server = (
    replica: string,
    environment: Record<string, string>,
    email: string[] = [],
    installed: InstalledManners = {},
  ) => {
    const settings = { smtpUrl: undefined, mailFrom: 'x@example.com', email, privateHooks: false, publicUrl: null };
    const made = createChannels(settings as unknown as Parameters<typeof createChannels>[0], environment);
    const log = pino(new Writable({ write: (_chunk, _encoding, done) => done() }));
    const [pipelines, reaches] = [createPipelines(database()), createReaches(database())];
    const [alerts, clock] = [createAlerts(database()), createClock()];
    return createReaching({ ...made, pipelines, reaches, alerts, clock, installed, replica, log, now: () => now });
  };
  const say = async (...given: Parameters<typeof server>): Promise<void> => server(...given).look();
  const recipients = async (...names: (string | null)[]) =>
    recipientsOf({ pipelines: createPipelines(database()), reaches: createReaches(database()) }, names);
  const declare = (notifications: object, name = 'churn') =>
    createPipelines(database()).apply(
      aPipeline({ name, notifications: { email: [], cooldown: '6 hours', ...notifications } } as never),
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

  it('tells that an alert about the installation is in the digest, where that alone is set', async () => {
    const alerts = createAlerts(database());
    const about = { fingerprint: 'workers', pipeline: null, kind: 'workers-gone', severity: 'warning' } as const;
    const { id } = await alerts.raise({ ...about, summary: 'gone', detail: '', occasion: 'v', at: NOW }, '6 hours');
    await createOutbox(database()).address(async () => ({ targets: [] }), NOW);
    const untold = async () => untoldInWords((await createAlertsTold(database()).sent([id])).get(id)!);
    const digest = { every: 'day', at: '08:00', zone: 'UTC' } as const;
    await server('s1', {}, [], { digest: { ...digest, alone: false } }).look();
    assert.equal(await untold(), 'nobody was sent a message');
    await server('s1', {}, [], { digest: { ...digest, alone: true } }).look();
    assert.equal(await untold(), 'it is in the digest, the only message that is declared for it');
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

  const failing = async (pipeline: string, ...targets: Target[]) => {
    const about = { fingerprint: `drift/${pipeline}`, pipeline, kind: 'drift', severity: 'critical' } as const;
    await createAlerts(database()).raise({ ...about, summary: 'drift', detail: '', occasion: 'v', at: NOW }, '6 hours');
    await createOutbox(database()).address(async () => ({ targets }), NOW);
    await database().query(`update alert_deliveries set attempts = 5, last_error = 'it is down'`);
  };
  const open = async () => (await createAlerts(database()).list({ kind: 'undelivered', limit: 9 })).map(({ summary }) => summary); // prettier-ignore
  const slack: Target = { channel: 'slack', target: 'TEAM_SLACK' };

  it('is one alert where a recipient, or what is wrong, is that of several pipelines', async () => {
    for (const name of ['churn', 'fraud', 'orders']) {
      await declare({ slack: { env: 'TEAM_SLACK' }, email: [`${name}@example.com`] }, name);
      const mail: Target = { channel: 'email', target: `${name}@example.com` };
      await failing(name, ...(name === 'orders' ? [] : [slack, mail]));
    }
    await server('s1', {}, ['ops@example.com']).look();
    assert.deepEqual(await open(), [
      'the installation: alerts do not reach mail to churn@example.com, mail to fraud@example.com, Slack (TEAM_SLACK)',
    ]);
    await server('s1', {}).look();
    assert.equal((await open()).length, 2, 'nobody else is told');
  });

  it('lasts when messages were given up, until one has arrived, and ends with its recipient', async () => {
    await declare({ slack: { env: 'TEAM_SLACK' } });
    await failing('churn', slack);
    const [outbox, watching] = [createOutbox(database()), server('s1', {})];
    for (const { id } of await outbox.take(1)) await outbox.failed(id, 'it is down', null);
    await watching.look();
    assert.deepEqual(await open(), ['churn: alerts do not reach Slack (TEAM_SLACK)']);
    await declare({});
    await server('s2', {}).look();
    assert.deepEqual(await open(), [], 'nobody names it any more');
    await declare({ slack: { env: 'TEAM_SLACK' } });
    assert.equal((await createReaches(database()).failing()).length, 1);
    const end = { at: after(NOW, '1 hour'), by: 'a verdict', reason: 'stable' };
    await createAlerts(database()).resolve('drift/churn', end);
    await outbox.address(async ({ kind }) => ({ targets: kind === 'drift' ? [slack] : [] }), NOW);
    for (const { id } of await outbox.take(9)) await outbox.delivered(id);
    assert.deepEqual(await createReaches(database()).failing(), []);
  });

  it('ends what servers told of themselves that are gone, as a replaced container is, and of no other', async () => {
    await declare({});
    const alerts = createAlerts(database());
    const tell = (kind: AlertKind, fingerprint: string) =>
      alerts.raise({ fingerprint, pipeline: null, kind, severity: 'warning', summary: kind, detail: '', occasion: 'o', at: NOW }, '6 hours'); // prettier-ignore
    const gone = [
      'latency/churn/old',
      'errors/churn/old/1',
      'refused/churn/old',
      'disk/old',
      'backlog/spool/old',
      'traffic-set-back/old',
    ];
    const lasting = [
      'latency/churn/s1',
      'refused/churn/rack/7',
      'refused/churn/rack/7/2',
      'errors/churn/s2/3',
      'disk/worker/old/1',
      'backlog/log',
      'workers-gone',
    ];
    for (const one of [...gone, ...lasting]) await tell(one.split('/')[0] as AlertKind, one);
    for (const name of ['old', 's2', 'rack/7']) await say(name, {});
    await database().query(`update alert_reach set seen_at = now() - interval '59 minutes'`);
    const watching = server('s1', {});
    const rounds = async (): Promise<string[]> => {
      for (let i = 0; i < 12; i++) await watching.look();
      return [...(await alerts.open())].sort((a, b) => a.localeCompare(b));
    };
    const sorted = (names: string[]): string[] => names.sort((a, b) => a.localeCompare(b));
    assert.deepEqual(await rounds(), sorted([...gone, ...lasting]));
    await database().query(`update alert_reach set seen_at = now() - interval '61 minutes' where server = 'old'`);
    assert.deepEqual(await rounds(), sorted(lasting));
    const { resolvedBy } = (await alerts.list({ all: true, limit: 99 })).find(({ fingerprint }) => fingerprint === gone[0])!; // prettier-ignore
    assert.equal(resolvedBy, 'the watchdog');
  });

  it('waits for the others to speak after a pause, as when all machines slept, before it ends what they told', async () => {
    await declare({});
    const alerts = createAlerts(database());
    const told = { fingerprint: 'disk/s2', pipeline: null, kind: 'disk', severity: 'warning' } as const;
    await alerts.raise({ ...told, summary: 'full', detail: '', occasion: 'o', at: NOW }, '6 hours');
    await say('s2', {});
    const watching = server('s1', {});
    for (let i = 0; i < 12; i++) await watching.look();
    await database().query(`update alert_reach set seen_at = now() - interval '61 minutes'`);
    now += 61 * MINUTE;
    await watching.look();
    assert.deepEqual([...(await alerts.open())], ['disk/s2']);
    for (let i = 0; i < 10; i++) await watching.look();
    assert.deepEqual([...(await alerts.open())], []);
  });
});
