import { diskUse } from '../../../adapters/machine/disk.ts';
import { createAlerts } from '../../../adapters/postgres/alerts/alerts.ts';
import { createDisks } from '../../../adapters/postgres/disks.ts';
import { createReaches } from '../../../adapters/postgres/alerts/reach.ts';
import { createReminders } from '../../../adapters/postgres/alerts/reminders.ts';
import { createOutbox } from '../../../adapters/postgres/alerts/outbox.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { createTraces } from '../../../adapters/postgres/alerts/traces.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import { MINUTE } from '../../../core/time/time.ts';
import { type AlertingParts } from '../../../server/watching/alerting.ts';
import { channelsOn } from '../../support/outside/channels.ts';
import { type Mailbox, openMailbox } from '../../support/outside/mailbox.ts';
import { perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { aServer, cleanUp, stop, until, World } from '../fakes.ts';
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';

describe('a server that watches and alerts', () => {
  const database = perennialDatabase();
  let mailbox: Mailbox;
  beforeEach(async () => void (mailbox = await openMailbox()));
  afterEach(async () => {
    await cleanUp();
    await mailbox.close();
  });

  /** Temporal as a test wants it, and the machine's time, which runs a thousand times as fast. */
  const scene = { temporal: true };
  const parts = (): AlertingParts => {
    const began = Date.now();
    const answer = async <T>(value: T): Promise<T> => {
      if (scene.temporal) return value;
      throw new UserError('TEMPORAL_UNREACHABLE', 'Temporal at nowhere:7233 does not answer');
    };
    return {
      alerts: createAlerts(database()),
      outbox: createOutbox(database()),
      uncounted: async () => 0,
      disk: () => diskUse(tmpdir()),
      disks: createDisks(database()),
      reminders: createReminders(database()),
      reaches: createReaches(database()),
      lacks: () => null,
      mail: true,
      pipelines: createPipelines(database()),
      traces: createTraces(database()),
      temporal: {
        polls: () => answer({ 'perennial-control': new Date(Date.now()).toISOString() }),
        heartbeats: () => answer({}),
        backlogs: () => answer([]),
        endedRuns: () => answer([]),
        failedPipelines: () => answer(new Set()),
        lastRuns: () => answer([]),
        lastCare: () => answer(null),
      },
      schedules: { list: () => answer([]), countMoments: () => answer(1) },
      channels: channelsOn({}, { smtpUrl: mailbox.url }),
      always: [{ channel: 'email', target: 'ops@example.com' }],
      machine: () => began + (Date.now() - began) * 1_000,
      watchEveryMs: 20,
      deliverEveryMs: 20,
    };
  };
  const metrics = async (server: Awaited<ReturnType<typeof aServer>>): Promise<string> =>
    (await server.app.inject({ url: '/metrics' })).body;
  const shows = (server: Awaited<ReturnType<typeof aServer>>, what: RegExp) =>
    until(async () => what.test(await metrics(server)), `${what} is shown`);
  const subjects = (): (string | null)[] => mailbox.mails.map((mail) => mail.header('Subject'));

  it('mails once that Temporal is gone and once that it is back, though two servers watch', async () => {
    scene.temporal = false;
    const servers = [
      await aServer(new World(), { alerting: parts() }),
      await aServer(new World(), { alerting: parts() }),
    ];
    for (const { app } of servers) await app.ready();
    await until(() => mailbox.mails.length > 0, 'the alert is mailed');
    for (const server of servers) await shows(server, /perennial_alerts_open{severity="critical"} 1/);
    const [one] = servers;
    await shows(one!, /^perennial_temporal_reachable 0$/m);
    const delivered = async (): Promise<number> => {
      const sums = servers.map(async (server) =>
        Number(/attempts_total{channel="email",outcome="delivered"} (\d+)/.exec(await metrics(server))?.[1] ?? 0),
      );
      return (await Promise.all(sums)).reduce((sum, each) => sum + each);
    };
    await until(async () => (await delivered()) > 0, 'the delivery is counted');
    assert.equal(await delivered(), 1);
    scene.temporal = true;
    await until(() => mailbox.mails.length > 1, 'its end is mailed');
    await shows(one!, /perennial_alerts_open{severity="critical"} 0/);
    await shows(one!, /^perennial_temporal_reachable 1$/m);
    await shows(one!, /^perennial_queue_silence_seconds{role="control"} \d/m);
    await shows(one!, /^perennial_disk_used_ratio 0\.\d/m);
    for (const server of servers) await stop(server);
    assert.deepEqual(subjects(), [
      '[perennial critical] Temporal does not answer',
      '[perennial ok] resolved: Temporal does not answer',
    ]);
  });

  it('sends after a restart what its predecessor could not', async () => {
    const port = Number(new URL(mailbox.url).port);
    await mailbox.close();
    scene.temporal = false;
    const before = await aServer(new World(), { alerting: parts() });
    await before.app.ready();
    const failed = async (): Promise<number> =>
      (await database().query('select 1 from alert_deliveries where last_error is not null')).rowCount ?? 0;
    await until(async () => (await failed()) === 1, 'an attempt failed');
    const counted = async (): Promise<boolean> =>
      /perennial_alert_deliveries{state="waiting"} \d/.test(await metrics(before));
    await until(counted, 'the waiting message was counted');
    await stop(before);
    mailbox = await openMailbox(port);
    await database().query('update alert_deliveries set due_at = now()');
    const after = await aServer(new World(), { alerting: parts() });
    await after.app.ready();
    await until(() => mailbox.mails.length === 1, 'it is mailed');
    assert.deepEqual(subjects(), ['[perennial critical] Temporal does not answer']);
  });

  it('starts and answers while the database does not, and says that nothing is known about alerts', async () => {
    const world = new World();
    const broken = parts();
    const away = async (): Promise<never> => {
      throw new Error('the database is away');
    };
    const server = await aServer(world, {
      alerting: {
        ...broken,
        alerts: { raise: away, resolve: away, open: away },
        outbox: { ...broken.outbox, address: away },
        pipelines: { ...broken.pipelines, list: away },
        machine: () => Date.now() * MINUTE,
      },
    });
    await server.app.ready();
    assert.match(await metrics(server), /perennial_alerts_open{severity="warning"} Nan/i);
    assert.equal((await server.app.inject({ url: '/health/live' })).statusCode, 200);
  });
});
