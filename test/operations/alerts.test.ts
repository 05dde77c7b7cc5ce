import { createAlerts } from '../../adapters/postgres/alerts/alerts.ts';
import { createOutbox } from '../../adapters/postgres/alerts/outbox.ts';
import { createReaches } from '../../adapters/postgres/alerts/reach.ts';
import { createAlertsTold } from '../../adapters/postgres/alerts/sent.ts';
import { createPipelines } from '../../adapters/postgres/pipelines.ts';
import { createAlertOperations } from '../../operations/alerts.ts';
import { untoldInWords } from '../../core/alerts/sent.ts';
import type { Target } from '../../core/channels/index.ts';
import { aPipeline } from '../reports/fixtures.ts';
import { asAda } from '../support/asked.ts';
import { perennialDatabase } from '../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

const NOW = '2026-03-01T12:00:00.000Z';

describe("a person's operations on alerts", () => {
  const database = perennialDatabase();
  let now: string;
  beforeEach(() => void (now = NOW));
  const operations = () =>
    asAda(
      createAlertOperations({
        pipelines: createPipelines(database()),
        alerts: createAlerts(database()),
        alertsTold: createAlertsTold(database()),
        reaches: createReaches(database()),
        clock: { now: () => new Date(now) },
      }),
    );
  const raise = async (occasion = 'verdict/1'): Promise<string> => {
    const about = { fingerprint: 'drift/fraud', pipeline: 'fraud', kind: 'drift', severity: 'critical' } as const;
    const words = { summary: 'fraud: severe drift', detail: 'amount moved' };
    return (await createAlerts(database()).raise({ ...about, ...words, occasion, at: NOW }, '6 hours')).id;
  };

  const ada: Target = { channel: 'email', target: 'ada@example.com' };
  const slack: Target = { channel: 'slack', target: 'NO_SUCH_SLACK' };
  const send = async (...targets: Target[]): Promise<void> => {
    const outbox = createOutbox(database());
    await outbox.address(async () => ({ targets }), NOW);
    for (const { id, channel } of await outbox.take(10))
      await (channel === 'email' ? outbox.delivered(id) : outbox.failed(id, 'NO_SUCH_SLACK is not set', 60_000));
  };

  it('say that people were told only once a message has arrived, and what failed', async () => {
    const id = await raise();
    await send(slack);
    const [unheard] = await operations().list();
    assert.deepEqual([unheard!.told, unheard!.toldAt, unheard!.toldSeverity], [false, null, null]);
    const failing = [{ ...slack, attempts: 1, error: 'NO_SUCH_SLACK is not set', givenUp: false }];
    assert.deepEqual(unheard!.sent, {
      arrived: 0,
      lastAt: null,
      lastSeverity: null,
      waiting: 0,
      heldUntil: null,
      inDigest: false,
      failing,
    });
    await database().query(`update alert_tellings set addressed = false`);
    await send(ada);
    const heard = await operations().acknowledge(id);
    assert.deepEqual([heard.told, heard.toldSeverity, typeof heard.toldAt], [true, 'critical', 'string']);
  });

  it('show an alert with what people did, its messages, and what it explains', async () => {
    const id = await raise();
    await send(ada, slack);
    await operations().acknowledge(id);
    await operations().silence(id, '2026-03-02T00:00:00.000Z');
    await createAlerts(database()).raise(
      { fingerprint: 'performance/fraud', pipeline: 'fraud', kind: 'performance', severity: 'critical', summary: 'fell', detail: '', occasion: 'v', at: NOW }, '6 hours'); // prettier-ignore
    await database().query(`update alerts set under = $1 where kind = 'performance'`, [id]);
    const { done, messages, explains, cause, detail } = await operations().show(id.slice(0, 6));
    assert.deepEqual(
      done.map(({ what, by, until }) => [what, by, until]),
      [['acknowledged', 'ada', null], ['silenced', 'ada', '2026-03-02T00:00:00.000Z']],
    ); // prettier-ignore
    assert.deepEqual(
      messages.map(({ telling, channel, lastError, deliveredAt }) => [telling, channel, lastError, deliveredAt !== null]),
      [['opened', 'email', null, true], ['opened', 'slack', 'NO_SUCH_SLACK is not set', false]],
    ); // prettier-ignore
    assert.deepEqual([explains.map(({ summary }) => summary), cause, detail], [['fell'], null, 'amount moved']);
    assert.equal((await operations().show(explains[0]!.id)).cause!.id, id);
  });

  it('list those of a kind, or as severe as that', async () => {
    await raise();
    const counts = async (which: object) => (await operations().list(which)).length;
    assert.deepEqual([await counts({ kind: 'drift' }), await counts({ kind: 'disk' })], [1, 0]);
    assert.deepEqual([await counts({ severity: 'critical' }), await counts({ severity: 'warning' })], [1, 0]);
  });

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

  it('show a silence for as long as it lasts, and afterwards that somebody had silenced it', async () => {
    const id = await raise();
    const until = '2026-03-02T00:00:00.000Z';
    await operations().silence(id, until);
    assert.equal((await operations().list())[0]!.silencedUntil, until);
    now = until;
    const shown = await operations().show(id);
    assert.deepEqual([(await operations().list())[0]!.silencedUntil, shown.silencedUntil], [null, null]);
    assert.deepEqual(shown.done.map((done) => [done.what, done.until]), [['silenced', until]]); // prettier-ignore
  });

  it('silence until a moment in the future', async () => {
    const id = await raise();
    await assert.rejects(operations().silence(id, NOW), { code: 'REQUEST_INVALID', message: /has passed/ });
    const until = '2026-03-02T00:00:00.000Z';
    assert.equal((await operations().silence(id, until)).silencedUntil, until);
  });

  it('acknowledge what is open, and refuse what is resolved', async () => {
    const id = await raise();
    assert.deepEqual([(await operations().acknowledge(id)).acknowledgedBy], ['ada']);
    await operations().resolve(id);
    await assert.rejects(operations().acknowledge(id), { code: 'REQUEST_INVALID', message: /is resolved since/ });
  });

  it('keep a note also when somebody else was faster', async () => {
    const id = await raise();
    for (const note of [undefined, 'I look at the source', undefined]) await operations().acknowledge(id, note);
    for (const note of ['fixed', 'it was the sensor', undefined]) await operations().resolve(id, note);
    assert.deepEqual(
      (await operations().show(id)).done.map(({ what, reason }) => [what, reason]),
      [['acknowledged', null], ['acknowledged', 'I look at the source'], ['resolved', 'fixed'], ['resolved', 'it was the sensor']],
    ); // prettier-ignore
  });

  it('say that a message waits, also for the end of quiet hours', async () => {
    await raise();
    const waits = async () => untoldInWords((await operations().list())[0]!.sent);
    assert.equal(await waits(), 'its message is on its way');
    await createOutbox(database()).address(async () => ({ targets: [], waitUntil: '2026-03-02T06:00:00.000Z' }), NOW);
    assert.equal(await waits(), 'its message waits for the end of quiet hours, 2026-03-02T06:00Z');
    await database().query('update alert_tellings set addressed = true');
    assert.equal(await waits(), 'nobody was sent a message');
  });

  it('say that a message is in the digest, where that alone is declared', async () => {
    const digest = { every: 'day', at: '08:00', zone: 'UTC', alone: true } as const;
    await createPipelines(database()).apply(aPipeline({ name: 'fraud', notifications: { email: [], cooldown: '6 hours', digest } } as never), 'ada'); // prettier-ignore
    await raise();
    await database().query(`update alert_tellings set severity = 'warning', addressed = true`);
    assert.match(untoldInWords((await operations().list())[0]!.sent)!, /^it is in the digest/);
    await database().query(`update alert_tellings set severity = 'critical'`);
    assert.equal(untoldInWords((await operations().list())[0]!.sent), 'nobody was sent a message');
  });

  it('lead to a new alert when the cause of one ended by hand persists', async () => {
    const id = await raise();
    await operations().resolve(id);
    assert.notEqual(await raise('verdict/2'), id);
  });

  it("silence an alert for so long by the pipelines' clock, end that before its time, and list it also when it is over", async () => {
    const id = await raise();
    const { silencedUntil } = await operations().silence(id, '4 hours');
    assert.equal(silencedUntil, '2026-03-01T16:00:00.000Z');
    await operations().resolve(id);
    assert.deepEqual((await operations().list({ silenced: true })).map((alert) => alert.id), [id]); // prettier-ignore
    assert.deepEqual(await operations().list(), []);
    const next = await raise('verdict/2');
    assert.deepEqual((await operations().list({ silenced: true })).map((alert) => alert.id), [next], 'which has inherited it'); // prettier-ignore
    assert.equal((await operations().unsilence(next, 'fixed')).silencedUntil, null);
    assert.deepEqual(await operations().list({ silenced: true }), []);
    const { done } = await operations().show(next);
    assert.deepEqual(done.map(({ what, reason }) => [what, reason]), [['unsilenced', 'fixed']]); // prettier-ignore
    await assert.rejects(operations().unsilence(next), { code: 'REQUEST_INVALID', message: /is not silenced\. Nothing was done\./ }); // prettier-ignore
    await assert.rejects(operations().silence(next, NOW), { message: /^2026-03-01T12:00Z has passed: it is 2026-03-01T12:00Z\..* unsilence ID$/ }); // prettier-ignore
  });

  it('silence, or end the silence of, the open alert that followed one that is over', async () => {
    const silenced = async () => (await operations().list({ silenced: true })).map(({ id }) => id);
    const first = await raise();
    await operations().resolve(first);
    const second = await raise('verdict/2');
    await operations().silence(first, '4 hours');
    assert.deepEqual(await silenced(), [second]);
    await operations().unsilence(first);
    assert.deepEqual(await silenced(), []);
    assert.deepEqual((await operations().list()).map(({ silencedUntil }) => silencedUntil), [null]); // prettier-ignore
    await operations().silence(first, '4 hours');
    await operations().unsilence(second);
    assert.equal((await operations().show(first)).silencedUntil, null, 'its page offers to end none');
  });
});
