import { createAlerts } from '../../../../adapters/postgres/alerts/alerts.ts';
import { createOutbox } from '../../../../adapters/postgres/alerts/outbox.ts';
import { type Occurrence } from '../../../../core/alerts/alerts.ts';
import { type Target } from '../../../../core/channels/index.ts';
import { after } from '../../../../core/time/time.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

const BEGIN = '2026-03-01T00:00:00.000Z';
const drift = (hours: number, changes: Partial<Occurrence> = {}): Occurrence => ({
  fingerprint: 'drift/fraud',
  occasion: `verdict/${hours}`,
  pipeline: 'fraud',
  kind: 'drift',
  severity: 'critical',
  summary: 'fraud: severe drift',
  detail: 'amount moved',
  at: after(BEGIN, `${hours} hours`),
  ...changes,
});
const over = (hours: number) => ({ at: after(BEGIN, `${hours} hours`), by: 'a verdict', reason: 'stable again' });
const ada: Target = { channel: 'email', target: 'ada@example.com' };

describe('alerts in Postgres', () => {
  const database = perennialDatabase();
  const alerts = () => createAlerts(database());
  const address = (...targets: Target[]) => made(() => outbox().address(async () => ({ targets }), BEGIN));
  /** How many deliveries the work makes. */
  const made = async (work: () => Promise<unknown>): Promise<number> => {
    const count = async () =>
      (await database().query<{ count: number }>('select count(*) from alert_deliveries')).rows[0]!.count;
    const before = await count();
    await work();
    return (await count()) - before;
  };
  const outbox = () => createOutbox(database());
  const raise = (hours: number, changes?: Partial<Occurrence>) => alerts().raise(drift(hours, changes), '6 hours');
  /** Makes every delivery due, whatever its pause or lease. */
  const timePasses = () => database().query(`update alert_deliveries set due_at = now() - interval '1 second'`);

  it('are one row and one message when fifty are raised at once', async () => {
    const raised = await Promise.all(Array.from({ length: 50 }, (_, i) => raise(0, { occasion: `verdict/${i}` })));
    assert.equal(new Set(raised.map(({ id }) => id)).size, 1);
    const [alert, ...others] = await alerts().list({ all: true, limit: 100 });
    assert.deepEqual([alert!.times, others.length], [50, 0]);
    assert.equal(await address(ada), 1);
  });

  it('count an occasion once, however often it is raised, even after the alert has ended', async () => {
    const first = await raise(0);
    assert.deepEqual(await raise(0), first);
    await alerts().resolve('drift/fraud', over(1));
    assert.equal((await raise(0)).resolvedAt, over(1).at);
    assert.deepEqual(await alerts().list({ limit: 10 }), []);
  });

  it('bring the tables of the occurrence that people are told of, and none when it is over', async () => {
    const figures = [{ caption: 'What moved', head: ['Column'], rows: [['amount']] }];
    await raise(0, { figures });
    await alerts().resolve('drift/fraud', over(1));
    await address(ada);
    const sent = [...(await outbox().take(1))];
    await outbox().delivered(sent[0]!.id);
    sent.push(...(await outbox().take(1)));
    assert.deepEqual(sent.map(({ telling, facts }) => [telling, facts?.figures]), [['opened', figures], ['resolved', undefined]]); // prettier-ignore
  });

  it('open another row when they come back, and keep the earlier one as history', async () => {
    await raise(0);
    await alerts().resolve('drift/fraud', over(1));
    assert.equal(await alerts().resolve('drift/fraud', over(2)), null, 'it ends once');
    await raise(3);
    const all = await alerts().list({ all: true, limit: 10 });
    assert.deepEqual(all.map(({ resolvedAt }) => resolvedAt), [null, over(1).at]); // prettier-ignore
  });

  it('are listed worst first, optionally by pipeline', async () => {
    await raise(0, { fingerprint: 'quarantine/fraud', occasion: 's1', kind: 'quarantine', severity: 'warning' });
    await raise(1, { fingerprint: 'temporal-gone', occasion: 't1', kind: 'temporal-gone', pipeline: null });
    await raise(2, { fingerprint: 'champion-stale/fraud', occasion: 'c', kind: 'champion-stale', severity: 'warning' });
    const kinds = async (pipeline?: string) => (await alerts().list({ pipeline, limit: 10 })).map(({ kind }) => kind);
    assert.deepEqual(await kinds(), ['temporal-gone', 'champion-stale', 'quarantine']);
    assert.deepEqual(await kinds('fraud'), ['champion-stale', 'quarantine']);
    assert.deepEqual((await outbox().counts()).open, { warning: 2, critical: 1 });
  });

  it('are open by their fingerprint until they end', async () => {
    await raise(0);
    await raise(1, { fingerprint: 'temporal-gone', occasion: 't1', kind: 'temporal-gone', pipeline: null });
    assert.deepEqual(await alerts().open(), new Set(['drift/fraud', 'temporal-gone']));
    await alerts().resolve('drift/fraud', over(2));
    assert.deepEqual(await alerts().open(), new Set(['temporal-gone']));
  });

  it('are found by a unique prefix of their id', async () => {
    const { id } = await raise(0);
    assert.equal((await alerts().get(id.slice(0, 6))).id, id);
    for (const unknown of ['', 'zz', '%'])
      await assert.rejects(alerts().get(unknown), { code: 'ALERT_UNKNOWN', message: /perennial alerts/ });
  });

  it('can be acknowledged, ended and silenced by people, whose names are kept', async () => {
    const { id } = await raise(0);
    await alerts().acknowledge(id, BEGIN, 'ada');
    assert.equal((await alerts().acknowledge(id, BEGIN, 'ben')).acknowledgedBy, 'ada', 'the first one stands');
    const until = after(BEGIN, '1 day');
    assert.equal((await alerts().silence(id, until, 'ada')).silencedUntil, until);
    const reason = 'resolved by hand';
    assert.equal((await alerts().end(id, { at: after(BEGIN, '2 hours'), by: 'ben', reason })).resolvedBy, 'ben');
    const { rows } = await database().query(
      `select who, action, pipeline from audit where action like '%alert' order by id`,
    );
    assert.deepEqual(rows, [
      { who: 'ada', action: 'acknowledge alert', pipeline: 'fraud' },
      { who: 'ada', action: 'silence alert', pipeline: 'fraud' },
      { who: 'ben', action: 'resolve alert', pipeline: 'fraud' },
    ]);
  });

  it('inherit the silence of the previous one', async () => {
    const { id } = await raise(0);
    assert.equal(await address(ada), 1);
    await alerts().silence(id, after(BEGIN, '1 day'), 'ada');
    await alerts().resolve('drift/fraud', over(1));
    await raise(2);
    assert.equal(await address(ada), 1, 'only that it has ended');
  });

  describe('that wait for the end of quiet hours', () => {
    const end = '2026-03-01T06:00:00.000Z';
    const warning = (hours: number, changes: Partial<Occurrence> = {}) =>
      alerts().raise(drift(hours, { severity: 'warning', ...changes }), '1 hour');
    /** Addresses by the clock: warnings wait until six. */
    const addressAt = (hours: number) => {
      const now = over(hours).at;
      return made(() =>
        outbox().address(async ({ severity, telling, heard }) => {
          const targets = telling === 'resolved' ? heard : [ada];
          return severity !== 'critical' && now < end ? { targets: [], waitUntil: end } : { targets };
        }, now),
      );
    };
    const sent = async () => (await outbox().take(10)).map(({ telling }) => telling);

    it('are sent once at their end, and listed with it until then', async () => {
      await warning(0);
      assert.equal(await addressAt(0), 0);
      await warning(2);
      assert.equal(await addressAt(2), 0);
      assert.equal((await alerts().list({ limit: 1 }))[0]!.heldUntil, end);
      assert.equal(await addressAt(6), 1);
      assert.deepEqual(await sent(), ['opened']);
      assert.equal((await alerts().list({ limit: 1 }))[0]!.heldUntil, null);
    });

    it('are never sent when the alert has ended by then, or became critical and was sent', async () => {
      await warning(0);
      await warning(0, { fingerprint: 'drift/other' });
      await addressAt(0);
      await alerts().resolve('drift/fraud', over(1));
      await alerts().raise(drift(1, { fingerprint: 'drift/other' }), '1 hour');
      assert.equal(await addressAt(1), 1);
      assert.deepEqual(await sent(), ['worse']);
      assert.equal(await addressAt(6), 0);
    });

    it('bring news all the same, which is never open', async () => {
      await warning(0, { kind: 'promoted', fingerprint: 'promoted/fraud', severity: 'info' });
      assert.equal(await addressAt(0), 0);
      assert.deepEqual(await alerts().list({ limit: 1 }), []);
      assert.equal(await addressAt(6), 1);
    });

    it('bring the end of what people had heard of before', async () => {
      await warning(0);
      await outbox().address(async () => ({ targets: [ada] }), BEGIN);
      await alerts().resolve('drift/fraud', over(1));
      assert.equal(await addressAt(1), 0);
      assert.equal(await addressAt(6), 1);
    });
  });

  describe('and their outbox', () => {
    const slack: Target = { channel: 'slack', target: 'FRAUD_SLACK' };
    beforeEach(async () => {
      await raise(0);
      await address(ada, slack);
    });

    it('address each message once, and lease a delivery to one server only', async () => {
      assert.equal(await address(ada, slack), 0);
      const taken = await Promise.all(Array.from({ length: 8 }, () => outbox().take(10)));
      assert.deepEqual(taken.flat().map(({ target }) => target).sort(), ['FRAUD_SLACK', 'ada@example.com']); // prettier-ignore
    });

    it('offer a delivery again that its taker never reported on, with the same id and text', async () => {
      const [first] = await outbox().take(1);
      await timePasses();
      const again = (await outbox().take(10)).find(({ id }) => id === first!.id);
      assert.deepEqual({ ...again, attempts: 1 }, first);
    });

    it('keep the error of an attempt, and give up when no next pause is given', async () => {
      for (const { id, channel } of await outbox().take(10))
        await outbox().failed(id, `${channel} is away`, channel === 'slack' ? null : 60_000);
      assert.deepEqual(await outbox().take(10), [], 'its time has not come');
      await timePasses();
      assert.deepEqual((await outbox().take(10)).map(({ target }) => target), ['ada@example.com']); // prettier-ignore
      const { waiting, givenUp } = await outbox().counts();
      assert.deepEqual([waiting, givenUp], [1, 1]);
      const [alert] = await alerts().list({ limit: 1 });
      const errors = (await alerts().deliveries(alert!.id)).map(({ lastError }) => lastError);
      assert.deepEqual(errors, ['email is away', 'slack is away']);
    });

    it('never send an end before its beginning', async () => {
      for (const { id } of await outbox().take(10)) await outbox().failed(id, 'away', 60_000);
      await alerts().resolve('drift/fraud', over(1));
      await address(ada);
      assert.deepEqual(await outbox().take(10), []);
      await timePasses();
      const [opened] = (await outbox().take(10)).filter(({ channel }) => channel === 'email');
      assert.equal(opened!.telling, 'opened');
      await outbox().delivered(opened!.id);
      assert.deepEqual((await outbox().take(10)).map(({ telling }) => telling), ['resolved']); // prettier-ignore
    });
  });
});
