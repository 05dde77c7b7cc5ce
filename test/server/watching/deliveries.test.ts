import { clockSetting, createClock } from '../../../adapters/machine/clock.ts';
import { createAlerts } from '../../../adapters/postgres/alerts/alerts.ts';
import { createOutbox } from '../../../adapters/postgres/alerts/outbox.ts';
import { createReminders } from '../../../adapters/postgres/alerts/reminders.ts';
import { createPipelines } from '../../../adapters/postgres/pipelines.ts';
import { createSlack } from '../../../adapters/channels/slack.ts';
import { type Occurrence } from '../../../core/alerts/alerts.ts';
import { type PipelineInput } from '../../../core/declaration/pipeline.ts';
import { HOUR, MINUTE } from '../../../core/time/time.ts';
import { type Clock } from '../../../core/time/clock.ts';
import { type InstalledManners } from '../../../core/alerts/installed.ts';
import { notificationsSchema } from '../../../core/declaration/notifications.ts';
import { type Reaches } from '../../../core/alerts/reach.ts';
import { type Target } from '../../../core/channels/index.ts';
import { createDeliveries, type Deliveries } from '../../../server/watching/deliveries.ts';
import { aPipeline } from '../../reports/fixtures.ts';
import { aMessage, channelsOn } from '../../support/outside/channels.ts';
import { say, scriptedApi } from '../../support/outside/http-api.ts';
import { type Hook, type Mailbox, openHook, openMailbox } from '../../support/outside/mailbox.ts';
import { perennialDatabase } from '../../support/postgres/perennial-database.ts';
import { until } from '../fakes.ts';
import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pino } from 'pino';

const occurrence: Occurrence = {
  fingerprint: 'quarantine/fraud',
  occasion: 'snapshot/s1',
  pipeline: 'fraud',
  kind: 'quarantine',
  severity: 'warning',
  summary: 'fraud: the data of 2026-03-01T02:00Z is quarantined',
  detail: 'Not as declared:\n  amount: min -3, allowed >= 0 & <= 20000',
  at: '2026-03-01T02:00:00.000Z',
};

describe('the deliveries of alerts', () => {
  const database = perennialDatabase();
  let mailbox: Mailbox;
  let hook: Hook;
  beforeEach(async () => {
    [mailbox, hook] = await Promise.all([openMailbox(), openHook()]);
    const notifications = { email: ['ada@example.com', 'ben@example.com'], slack: { env: 'FRAUD_SLACK' } };
    await createPipelines(database()).apply(aPipeline({ name: 'fraud', notifications }), 'ada');
    await createAlerts(database()).raise(occurrence, '6 hours');
  });
  afterEach(() => Promise.all([mailbox.close(), hook.close()]));

  const logger = pino({ level: 'silent' });
  const server = (
    changes: {
      always?: Target[];
      reaches?: Pick<Reaches, 'failing'>;
      smtp?: string | undefined;
      everyMs?: number;
      clock?: Clock;
      installed?: InstalledManners;
    } = {},
  ): Deliveries => {
    const { always = [], smtp = mailbox.url, everyMs = 3_600_000, clock = createClock() } = changes;
    return createDeliveries({
      outbox: createOutbox(database()),
      reminders: createReminders(database()),
      clock,
      channels: channelsOn(
        { FRAUD_SLACK: hook.url },
        { smtpUrl: 'smtp' in changes ? changes.smtp : smtp, mailFrom: 'Perennial <ml@example.com>' },
      ),
      pipelines: createPipelines(database()),
      always,
      log: logger,
      everyMs,
      ...(changes.reaches && { reaches: changes.reaches }),
      ...(changes.installed && { installed: changes.installed }),
    });
  };
  const timePasses = () => database().query(`update alert_deliveries set due_at = now() - interval '1 second'`);
  const deliveries = async () => {
    const [alert] = await createAlerts(database()).list({ all: true, limit: 1 });
    return createAlerts(database()).deliveries(alert!.id);
  };
  const portOf = (url: string): number => Number(new URL(url).port);

  it('tell of a recipient whom messages do not reach those whom they do', async () => {
    const kind = 'undelivered';
    await createAlerts(database()).raise({ ...occurrence, fingerprint: 'undelivered/fraud', kind }, '6 hours');
    await database().query(`delete from alert_tellings t using alerts a where a.id = t.alert and a.kind <> $1`, [kind]);
    const ben = { channel: 'email', target: 'ben@example.com' } as const;
    const failing = async () => [{ ...ben, pipelines: [], messages: 1, attempts: 5, since: '', error: '', givenUp: true }]; // prettier-ignore
    await server({ reaches: { failing } }).round();
    assert.deepEqual([mailbox.mails.flatMap(({ to }) => to), hook.posts.length], [['ada@example.com'], 1]);
  });

  it('mail each address and post to the web hook, once each', async () => {
    assert.equal(await server().round(), 3);
    assert.equal(await server().round(), 0);
    assert.deepEqual(mailbox.mails.flatMap(({ to }) => to).sort(), ['ada@example.com', 'ben@example.com']);
    const [mail] = mailbox.mails;
    assert.equal(mail!.header('Subject'), '[perennial warning] fraud: the data of 2026-03-01T02:00Z is quarantined');
    assert.equal(mail!.header('From'), 'Perennial <ml@example.com>');
    assert.match(mail!.text, /amount: min -3, allowed >/);
    assert.match(mail!.text, /Seen at 2026-03-01T02:00Z\./);
    assert.equal(hook.posts.length, 1);
    assert.match(hook.posts[0]!.text, /^\*\[perennial warning\] fraud: .*\*\n/);
    assert.match(hook.posts[0]!.text, /allowed &gt;= 0 &amp; &lt;= 20000/, 'in the characters of Slack');
  });

  it('include the end too, in the same mail thread', async () => {
    await server().round();
    const end = { at: '2026-03-02T02:00:00.000Z', by: 'snapshot s2', reason: 'published' };
    await createAlerts(database()).resolve('quarantine/fraud', end);
    assert.equal(await server().round(), 3);
    const [first, last] = [mailbox.mails[0]!, mailbox.mails.at(-1)!];
    assert.match(last.header('Subject')!, /^\[perennial ok\] resolved: fraud/);
    assert.equal(last.header('References'), first.header('References'));
    assert.notEqual(last.header('Message-ID'), first.header('Message-ID'));
  });

  it("reach the installation's recipients, even for alerts without a pipeline", async () => {
    await createAlerts(database()).raise({ ...occurrence, fingerprint: 'temporal-gone', pipeline: null }, '6 hours');
    assert.equal(await server({ always: [{ channel: 'email', target: 'ops@example.com' }] }).round(), 5);
    const toOps = mailbox.mails.filter(({ to }) => to.includes('ops@example.com'));
    assert.equal(toOps.length, 2);
  });

  it('bring alerts of a pipeline whose declaration cannot be read to the installation, and those of others to all', async () => {
    await database().query(
      `insert into revisions (pipeline, revision, declaration, created_by) values ('broken', 'r1', '{"name": "broken"}', 'ada')`,
    );
    await database().query(`insert into pipelines (name, revision) values ('broken', 'r1')`);
    await createAlerts(database()).raise({ ...occurrence, fingerprint: 'quarantine/broken', pipeline: 'broken' }, '6 hours'); // prettier-ignore
    assert.equal(await server({ always: [{ channel: 'email', target: 'ops@example.com' }] }).round(), 5);
    const readers = mailbox.mails.flatMap(({ to }) => to).sort();
    assert.deepEqual(readers, ['ada@example.com', 'ben@example.com', 'ops@example.com', 'ops@example.com']);
  });

  it('try again after an outage, in another process, with the same ids', async () => {
    await Promise.all([mailbox.close(), hook.close()]);
    const before = server();
    assert.equal(await before.round(), 0);
    await before.stop();
    const failed = await deliveries();
    assert.match(failed[0]!.lastError!, /ECONNREFUSED/);
    assert.match(failed[2]!.lastError!, /the web hook of FRAUD_SLACK does not answer: .*ECONNREFUSED/);
    assert.ok(!failed[2]!.lastError!.includes('very-secret'), 'the address of a web hook is a secret');

    const addresses = [mailbox.url, hook.url].map(portOf);
    [mailbox, hook] = await Promise.all([openMailbox(addresses[0]), openHook(addresses[1])]);
    assert.equal(await server().round(), 0, 'not before the pause is over');
    await timePasses();
    assert.equal(await server().round(), 3);
    const ids = mailbox.mails.map((mail) => String(mail.header('Message-ID')));
    assert.deepEqual(ids.sort(), failed.slice(0, 2).map(({ id }) => `<${id}@example.com>`).sort()); // prettier-ignore
    assert.deepEqual((await deliveries()).map(({ attempts, lastError }) => [attempts, lastError]), [[2, null], [2, null], [2, null]]); // prettier-ignore
  });

  it('lose nothing in an hour without a mail server, and then send all of it, in order', async () => {
    mailbox.mood = 'refuses';
    const alerts = createAlerts(database());
    const quarantined = 'quarantine/fraud';
    const later = (minutes: number): string => new Date(Date.parse(occurrence.at) + minutes * MINUTE).toISOString();
    // The clock of the retries is the database's: its rows grow older instead.
    const minutesPass = (minutes: number) =>
      database().query(
        `update alert_deliveries set due_at = due_at - $1 * interval '1 minute', created_at = created_at - $1 * interval '1 minute'`,
        [minutes],
      );
    for (let minutes = 0; minutes < 60; minutes += 10) {
      if (minutes === 20) await alerts.resolve(quarantined, { at: later(20), by: 'a test', reason: 'over' });
      if (minutes === 40) await alerts.raise({ ...occurrence, fingerprint: 'drift/fraud', kind: 'drift', summary: 'fraud: drift', at: later(40) }, '6 hours'); // prettier-ignore
      await server().round();
      await minutesPass(10);
    }
    assert.equal(mailbox.mails.length, 0);
    mailbox.mood = 'well';
    await minutesPass(15);
    for (let round = 0; round < 3; round++) await server().round();
    const toAda = mailbox.mails.filter(({ to }) => to.includes('ada@example.com'));
    const subjects = toAda.map((mail) => mail.header('Subject')!.replace(/^\[perennial \w+\] /, ''));
    const ofQuarantine = subjects.filter((subject) => subject !== 'fraud: drift');
    assert.deepEqual(ofQuarantine.map((subject) => subject.slice(0, 9)), ['fraud: th', 'resolved:']); // prettier-ignore
    assert.equal(subjects.length, 3);
    assert.equal(mailbox.mails.length, 6, 'to both readers');
    assert.equal((await createOutbox(database()).counts()).waiting, 0);
  });

  it('leave a receiver alone for as long as it asks, also with other messages, and then send them all', async () => {
    await createAlerts(database()).raise({ ...occurrence, fingerprint: 'drift/fraud', kind: 'drift' }, '6 hours');
    Object.assign(hook, { status: 429, headers: { 'retry-after': '60' } });
    const one = server();
    await one.round();
    const asked = hook.asked;
    assert.ok(asked >= 1);
    const seconds = async () =>
      (await database().query<{ pause: number }>(`select extract(epoch from due_at - now())::float8 as pause from alert_deliveries where channel = 'slack'`)).rows; // prettier-ignore
    for (const { pause } of await seconds()) assert.ok(pause > 55 && pause <= 60, String(pause));
    await timePasses();
    await one.round();
    assert.equal(hook.asked, asked, 'not before a minute is over');
    for (const { pause } of await seconds()) assert.ok(pause > 50, String(pause));

    hook.status = 200;
    await timePasses();
    await server().round();
    assert.equal(hook.posts.length, 2);
  });

  it('count no attempt of a message that is held back, and give it up after three days as any other', async () => {
    Object.assign(hook, { status: 429, headers: { 'retry-after': '60' } });
    const one = server();
    await one.round();
    const posts = async () =>
      (await database().query<{ attempts: number; error: string; given: boolean }>(`select attempts, last_error as error, given_up_at is not null as given from alert_deliveries where channel = 'slack'`)).rows; // prettier-ignore
    const tried = await posts();
    assert.deepEqual(tried.map(({ attempts, given }) => [attempts, given]), [[1, false]]); // prettier-ignore
    for (let i = 0; i < 5; i++) {
      await timePasses();
      await one.round();
    }
    assert.deepEqual([await posts(), hook.asked], [tried, 1]);

    await database().query(`update alert_deliveries set created_at = created_at - interval '4 days'`);
    await timePasses();
    await one.round();
    assert.deepEqual([(await posts()).map(({ given }) => given), hook.asked], [[true], 1]);
  });

  it('send a mail again whose answer was lost, in a way that readers recognise as the same', async () => {
    mailbox.mood = 'loses its answer';
    await server().round();
    await timePasses();
    await server().round();
    const ids = mailbox.mails.map((mail) => mail.header('Message-ID'));
    assert.ok(ids.length > 2, 'one came twice');
    assert.equal(new Set(ids).size, 2);
  });

  it('keep what a server refuses, with its reason', async () => {
    mailbox.mood = 'refuses';
    hook.status = 503;
    assert.equal(await server().round(), 0);
    const [mail, , post] = await deliveries();
    assert.match(mail!.lastError!, /the disk is full/);
    assert.equal(post!.lastError, 'the web hook of FRAUD_SLACK answered 503 Service Unavailable: no_service');
  });

  it('say what to set when no mail server is known, and lose nothing', async () => {
    assert.equal(await server({ smtp: undefined }).round(), 1, 'the web hook is told');
    const [mail] = await deliveries();
    assert.match(mail!.lastError!, /Set PERENNIAL_SMTP_URL/);
    await timePasses();
    assert.equal(await server().round(), 2);
  });

  it('are not delayed by a web hook whose variable is not set', async () => {
    await createPipelines(database()).apply(aPipeline({ name: 'fraud', notifications: { slack: { env: 'NOT_SET' } } }), 'ada'); // prettier-ignore
    assert.equal(await server({ always: [{ channel: 'email', target: 'ops@example.com' }] }).round(), 1);
    assert.match((await deliveries()).find(({ channel }) => channel === 'slack')!.lastError!, /NOT_SET is not set/);
  });

  it('never show the address of a web hook, even where it cannot be used', async () => {
    const message = aMessage();
    for (const address of [
      'https://ml:very-secret@127.0.0.1:1/',
      'very-secret',
      'https://127.0.0.1:99999/very-secret',
    ]) {
      const error = (await createSlack({ HOOK: address })
        .send(message)
        .catch((thrown: unknown) => thrown)) as Error;
      assert.match(error.message, /The variable HOOK .*https:\/\/host\/path/);
      assert.ok(!error.message.includes('very-secret'), error.message);
    }
  });

  it('post to no address of this machine unless that is allowed, not even through a redirect', async () => {
    const message = aMessage();
    for (const address of [hook.url, hook.url.replace('127.0.0.1', 'localhost')])
      await assert.rejects(createSlack({ HOOK: address }).send(message), {
        code: 'ADDRESS_REFUSED',
        message:
          /^The web hook of HOOK: (127\.0\.0\.1|localhost) is an address of this machine.*PERENNIAL_WEBHOOKS_PRIVATE/,
      });
    const leading = await scriptedApi((_query, response) => say(response, 307, '', { location: hook.url }));
    await assert.rejects(createSlack({ HOOK: leading.url }, { privateHooks: true }).send(message), /answered 307/);
    await leading.close();
    assert.equal(hook.posts.length, 0);
  });

  it('repeat nothing that a web hook answers, and read little of it', async () => {
    let sent = 0;
    const metadata = await scriptedApi(async (_query, response) => {
      response.writeHead(500, { 'content-type': 'application/json' }).write('{"SecretAccessKey":"canary-of-the-hook",');
      while (!response.destroyed && sent < 100_000_000) {
        sent += 65_536;
        response.write('x'.repeat(65_536));
        await nextTurn();
      }
    });
    const message = aMessage();
    await assert.rejects(createSlack({ HOOK: metadata.url }, { privateHooks: true }).send(message), (error: Error) => {
      assert.equal(error.message, 'the web hook of HOOK answered 500 Internal Server Error: application/json');
      return true;
    });
    await metadata.close();
    assert.ok(sent < 20_000_000, `${sent} bytes were sent`);
  });

  describe('that come with time', () => {
    const at = (hours: number): Clock => createClock(clockSetting(new Date(Date.parse(occurrence.at) + hours * HOUR), new Date(), 0)); // prettier-ignore
    const roundAt = async (hours: number, installed: InstalledManners = {}, always: Target[] = []) => {
      await server({ clock: at(hours), installed, always }).round();
      return mailbox.mails.splice(0).map((mail) => `${mail.to.join()} ${mail.header('Subject')}`);
    };
    const declare = (notifications: PipelineInput['notifications']) =>
      createPipelines(database()).apply(aPipeline({ name: 'fraud', notifications }), 'ada');

    it('escalate a critical alert that nobody has acknowledged, step by step', async () => {
      const escalate = [
        { after: '30 minutes', email: ['lead@example.com'] },
        { after: '2 hours', email: ['head@example.com'] },
      ];
      await declare({ email: ['ada@example.com'], escalate });
      const { id } = await createAlerts(database()).raise({ ...occurrence, severity: 'critical', occasion: 's2' }, '6 hours'); // prettier-ignore
      await roundAt(0);
      assert.deepEqual(await roundAt(0.4), []);
      const told = await roundAt(0.5);
      assert.equal(told.length, 1);
      assert.match(told[0]!, /^lead@example.com \[perennial critical\] not acknowledged: fraud/);
      assert.deepEqual(await roundAt(1), []);
      await createAlerts(database()).acknowledge(id, occurrence.at, 'lead');
      assert.deepEqual(await roundAt(3), []);
    });

    it('escalate an alert of the installation as that is set', async () => {
      const installed = { escalate: notificationsSchema.shape.escalate.parse([{ after: '30 minutes', email: ['lead@example.com'] }]) }; // prettier-ignore
      const gone = { ...occurrence, fingerprint: 'temporal-gone', pipeline: null, severity: 'critical' } as const;
      await createAlerts(database()).raise(gone, '6 hours');
      await roundAt(0, installed);
      const told = await roundAt(0.5, installed);
      assert.deepEqual([told.length, told[0]!.split(' ')[0]], [1, 'lead@example.com']);
      assert.deepEqual(await roundAt(3, installed), []);
    });

    it('digest the warnings of the installation as that is set, and send them in no other way if it says so', async () => {
      const digest = notificationsSchema.shape.digest.parse({ every: 'day', at: '08:00', alone: true });
      const disk = { ...occurrence, fingerprint: 'disk/one', pipeline: null, kind: 'disk', summary: 'server one: its disk is 91 % full' } as const; // prettier-ignore
      const ops: Target[] = [{ channel: 'email', target: 'ops@example.com' }];
      await roundAt(0);
      await createAlerts(database()).raise(disk, '6 hours');
      assert.deepEqual(await roundAt(1, { digest }, ops), []);
      const told = [...(await roundAt(6, { digest }, ops)), ...(await roundAt(6.1, { digest }, ops))];
      assert.deepEqual(told, ['ops@example.com [perennial digest] the installation: 1 open, 0 resolved']);
    });

    it('digest the warnings of each day, once, beginning with the declaration', async () => {
      await declare({ email: ['ada@example.com'], digest: { every: 'day', at: '08:00', alone: true } });
      assert.deepEqual(await roundAt(1), [], 'the warning itself, and no digest of the day before');
      const told = [...(await roundAt(6)), ...(await roundAt(6.1))];
      assert.deepEqual(told, ['ada@example.com [perennial digest] fraud: 1 open, 0 resolved']);
    });
  });

  it('go out by themselves from several servers at once, each once', async () => {
    const servers = [server({ everyMs: 10 }), server({ everyMs: 10 }), server({ everyMs: 10 })];
    for (const each of servers) each.start();
    await until(() => mailbox.mails.length === 2 && hook.posts.length === 1, 'all is delivered');
    await until(() => servers.every(({ counts }) => counts?.waiting === 0), 'all know it');
    for (const each of servers) await each.stop();
    assert.deepEqual([mailbox.mails.length, hook.posts.length], [2, 1]);
  });
});
