import { type InstalledManners } from '../../../core/alerts/installed.ts';
import { digestOf } from '../../../core/alerts/digest.ts';
import { digestDue, quietUntil, routeOf, stepsDue, type Unaddressed } from '../../../core/alerts/manners.ts';
import { notificationsSchema } from '../../../core/declaration/notifications.ts';
import { type Target } from '../../../core/channels/index.ts';
import { anAlert } from '../../console/fakes.ts';
import assert from 'node:assert/strict';
import type * as z from 'zod';

const to = (target: string): Target => ({ channel: 'email', target });
const [team, lead, head, ops] = ['team@x.org', 'lead@x.org', 'head@x.org', 'ops@x.org'];
const NIGHT = '2026-07-01T23:30:00.000Z';
const NOON = '2026-07-01T12:00:00.000Z';

function route(
  message: Partial<Unaddressed>,
  declared: Partial<z.input<typeof notificationsSchema>> | null = {},
  now = NOON,
  installed: InstalledManners = {},
): unknown {
  const whole = {
    pipeline: 'fraud',
    kind: 'drift',
    severity: 'warning',
    telling: 'opened',
    step: null,
    escalated: 0,
    silenced: false,
    decideBy: null,
    heard: [],
  };
  const notifications = declared && notificationsSchema.parse({ email: [team], ...declared });
  return routeOf({ ...whole, ...message } as Unaddressed, notifications, [to(ops)], now, installed);
}

const programs: Target[] = [
  { channel: 'webhook', target: 'HOOK/SECRET' },
  { channel: 'pagerduty', target: 'KEY' },
];

describe('quiet hours', () => {
  const berlin = { from: '22:00', to: '07:00', zone: 'Europe/Berlin' };

  it('are those of their zone, across midnight and in summer', () => {
    assert.equal(quietUntil(berlin, '2026-07-01T19:59:00.000Z'), null);
    assert.equal(quietUntil(berlin, '2026-07-01T20:00:00.000Z'), '2026-07-02T05:00:00.000Z');
    assert.equal(quietUntil(berlin, '2026-07-02T04:59:00.000Z'), '2026-07-02T05:00:00.000Z');
    assert.equal(quietUntil(berlin, '2026-07-02T05:00:00.000Z'), null);
    assert.equal(quietUntil(berlin, '2026-01-02T05:30:00.000Z'), '2026-01-02T06:00:00.000Z');
    const lunch = { from: '12:00', to: '13:00', zone: 'UTC' };
    assert.equal(quietUntil(lunch, '2026-07-01T12:30:00.000Z'), '2026-07-01T13:00:00.000Z');
    assert.equal(quietUntil(lunch, '2026-07-01T11:30:00.000Z'), null);
  });

  it('end at their time also when that comes twice, or never, in the night that the clock changes', () => {
    const early = { from: '22:00', to: '02:30', zone: 'Europe/Berlin' };
    const autumn = [
      ['2026-10-24T21:00:00.000Z', '2026-10-25T00:30:00.000Z'],
      ['2026-10-25T00:10:00.000Z', '2026-10-25T00:30:00.000Z'],
      ['2026-10-25T01:10:00.000Z', '2026-10-25T01:30:00.000Z'],
    ];
    for (const [at, end] of autumn) assert.equal(quietUntil(early, at!), end, at);
    assert.equal(quietUntil(early, '2026-03-29T00:50:00.000Z')?.slice(0, 10), '2026-03-29');
    assert.equal(quietUntil(berlin, '2026-10-24T21:00:00.000Z'), '2026-10-25T06:00:00.000Z');
    assert.equal(quietUntil(berlin, '2026-03-28T22:00:00.000Z'), '2026-03-29T05:00:00.000Z');
  });

  it('hold warnings and their ends, and nothing that is critical', () => {
    const wait = { targets: [], waitUntil: '2026-07-02T05:00:00.000Z' };
    assert.deepEqual(route({}, { quiet: berlin }, NIGHT), wait);
    assert.deepEqual(route({ telling: 'resolved', heard: [to(team)] }, { quiet: berlin }, NIGHT), wait);
    const all = { targets: [to(team), to(ops)] };
    assert.deepEqual(route({ severity: 'critical' }, { quiet: berlin }, NIGHT), all);
    assert.deepEqual(route({}, { quiet: berlin }, NOON), all);
  });

  it('hold a request for an approval only if it can be decided afterwards', () => {
    const asked = (decideBy: string) => route({ kind: 'approval-wanted', decideBy }, { quiet: berlin }, NIGHT);
    assert.deepEqual(asked('2026-07-02T08:00:00.000Z'), { targets: [], waitUntil: '2026-07-02T05:00:00.000Z' });
    for (const soon of ['2026-07-02T06:00:00.000Z', '2026-07-02T04:00:00.000Z'])
      assert.deepEqual(asked(soon), { targets: [to(team), to(ops)] });
  });

  it('of the installation hold its own warnings, and those of pipelines that declare none', () => {
    const [installed, wait] = [{ quiet: berlin }, { targets: [], waitUntil: '2026-07-02T05:00:00.000Z' }];
    assert.deepEqual(route({ pipeline: null }, null, NIGHT, installed), wait);
    assert.deepEqual(route({}, {}, NIGHT, installed), wait);
    const lunch = { from: '12:00', to: '13:00', zone: 'UTC' };
    assert.deepEqual(route({}, { quiet: lunch }, NIGHT, installed), { targets: [to(team), to(ops)] });
    assert.deepEqual(route({ pipeline: null, severity: 'critical' }, null, NIGHT, installed), { targets: [to(ops)] });
  });
});

describe('an acknowledgement', () => {
  it('is told to programs that track incidents, and not to people', () => {
    assert.deepEqual(route({ telling: 'acknowledged', heard: [to(team), ...programs] }), { targets: programs });
  });
});

describe('the end of an alert', () => {
  const end: Partial<Unaddressed> = { telling: 'resolved', heard: [to(team), ...programs] };

  it('goes to those who heard of it, whatever is declared by then', () => {
    assert.deepEqual(route({ ...end, heard: [to(lead)] }, { digest: { every: 'day', alone: true } }), { targets: [to(lead)] }); // prettier-ignore
    assert.deepEqual(route({ ...end, heard: [] }), { targets: [] });
  });

  it('reaches programs at once, while people are left alone', () => {
    assert.deepEqual(route({ ...end, silenced: true }), { targets: programs });
    const quiet = { from: '22:00', to: '07:00', zone: 'Europe/Berlin' };
    assert.deepEqual(route(end, { quiet }, NIGHT), { targets: programs, waitUntil: '2026-07-02T05:00:00.000Z' });
  });
});

describe('escalation', () => {
  const escalate = [
    { after: '30 minutes', email: [lead] },
    { after: '2 hours', email: [head] },
  ];

  it('is due step by step after people were first told', () => {
    const due = (minutes: number) =>
      stepsDue(notificationsSchema.parse({ escalate }).escalate, NOON, new Date(Date.parse(NOON) + minutes * 60_000).toISOString()); // prettier-ignore
    assert.deepEqual([29, 30, 119, 120].map(due), [0, 1, 1, 2]);
    assert.equal(stepsDue(undefined, NOON, NIGHT), 0);
  });

  it('reaches the people of its step, who then also hear that it lasts', () => {
    const critical = { severity: 'critical', escalated: 1 } as const;
    assert.deepEqual(route({ ...critical, telling: 'escalated', step: 0 }, { escalate }), { targets: [to(lead)] });
    assert.deepEqual(route({ ...critical, telling: 'still' }, { escalate }), { targets: [to(team), to(lead), to(ops)] }); // prettier-ignore
    assert.deepEqual(route({ severity: 'critical' }, { escalate }), { targets: [to(team), to(ops)] });
  });

  it('of the installation is for its own alerts, and for pipelines that declare none', () => {
    const installed = notificationsSchema.pick({ escalate: true }).parse({ escalate });
    const second = { severity: 'critical', telling: 'escalated', step: 1, escalated: 2 } as const;
    assert.deepEqual(route({ ...second, pipeline: null }, null, NOON, installed), { targets: [to(head)] });
    assert.deepEqual(route(second, {}, NOON, installed), { targets: [to(head)] });
    const own = { escalate: [{ after: '1 hour', email: [lead] }] };
    assert.deepEqual(route({ ...second, step: 0 }, own, NOON, installed), { targets: [to(lead)] });
  });

  it('is declared with people, the soonest step first', () => {
    assert.match(String(notificationsSchema.safeParse({ escalate: escalate.toReversed() }).error), /soonest first/);
    assert.match(String(notificationsSchema.safeParse({ escalate: [{ after: '1 hour' }] }).error), /somebody to tell/);
  });
});

describe('a digest', () => {
  it('is due at its time of day in its zone, and a weekly one on Mondays', () => {
    const digest = { every: 'day', at: '08:00', zone: 'Europe/Berlin', alone: false } as const;
    assert.equal(digestDue(digest, '2026-07-01T05:59:00.000Z'), '2026-06-30T06:00:00.000Z');
    assert.equal(digestDue(digest, '2026-07-01T06:00:00.000Z'), '2026-07-01T06:00:00.000Z');
    assert.equal(digestDue({ ...digest, every: 'week' }, '2026-07-01T06:00:00.000Z'), '2026-06-29T06:00:00.000Z');
  });

  it('replaces messages about warnings where it is to come alone, except requests for approval', () => {
    const digest = { every: 'day', alone: true } as const;
    assert.deepEqual(route({}, { digest }), { targets: [] });
    assert.deepEqual(route({}, { digest: { every: 'day' } }), { targets: [to(team), to(ops)] });
    assert.deepEqual(route({ severity: 'critical' }, { digest }), { targets: [to(team), to(ops)] });
    assert.deepEqual(route({ kind: 'approval-wanted' }, { digest }), { targets: [to(team), to(ops)] });
    assert.deepEqual(route({ kind: null, telling: 'digest' }, { digest }), { targets: [to(team)] });
  });

  it('lists what is open and what was resolved, with who has taken it on, and is empty when nothing happened', () => {
    const period = { from: '2026-03-03T08:00:00.000Z', to: '2026-03-04T08:00:00.000Z' };
    const drift = anAlert({ summary: 'fraud: drift', acknowledgedBy: 'ada' });
    const failed = anAlert({ summary: 'fraud: a training failed', times: 1, resolvedAt: '2026-03-04T01:00:00.000Z' });
    const { subject, text } = digestOf('fraud', period, [drift, failed])!;
    assert.equal(subject, '[perennial digest] fraud: 1 open (1 critical), 1 resolved');
    assert.match(
      text,
      /Open:\n {2}fraud: drift \(critical, since 2026-03-03T21:00Z, seen 12 times, acknowledged by ada\)\n/,
    );
    assert.match(text, /Resolved:\n {2}fraud: a training failed \(critical, since .*, resolved 2026-03-04T01:00Z\)\n/);
    assert.equal(digestOf('fraud', period, []), null);
  });

  it('says that an alert is silenced only while it is', () => {
    const period = { from: '2026-03-03T08:00:00.000Z', to: '2026-03-04T08:00:00.000Z' };
    const saysSo = (silencedUntil: string): boolean =>
      digestOf('fraud', period, [anAlert({ silencedUntil })])!.text.includes('silenced until');
    assert.deepEqual([saysSo('2026-03-04T08:00:00.001Z'), saysSo(period.to)], [true, false]);
  });

  it('lists the critical first, and what an alert explains beneath it', () => {
    const period = { from: '2026-03-03T08:00:00.000Z', to: '2026-03-04T08:00:00.000Z' };
    const source = anAlert({ id: 's', severity: 'warning', summary: 'fraud: its source cannot be reached', times: 1 });
    const data = anAlert({ id: 'd', severity: 'warning', summary: 'fraud: the data loop failed', under: 's' });
    const { subject, text } = digestOf('fraud', period, [source, data, anAlert({ summary: 'fraud: drift' })])!;
    assert.equal(subject, '[perennial digest] fraud: 2 open (1 critical), 0 resolved');
    assert.match(
      text,
      /Open:\n {2}fraud: drift .*\n {2}fraud: its source cannot be reached \(since .*\n {4}because of it: fraud: the data loop failed\n\n/,
    );
  });
});
