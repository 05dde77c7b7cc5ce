import { createAlerts } from '../../../../adapters/postgres/alerts/alerts.ts';
import { createOutbox } from '../../../../adapters/postgres/alerts/outbox.ts';
import { createReaches } from '../../../../adapters/postgres/alerts/reach.ts';
import { type Severity } from '../../../../core/alerts/alerts.ts';
import { type Delivery } from '../../../../core/alerts/deliveries.ts';
import { type Target } from '../../../../core/channels/index.ts';
import { within } from '../../../../core/time/time-limit.ts';
import { HOUR, MINUTE, SECOND, after } from '../../../../core/time/time.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

const at = (hours: number) => after('2026-03-01T00:00:00.000Z', `${hours} hours`);
const ada: Target = { channel: 'email', target: 'ada@example.com' };
const pager: Target = { channel: 'pagerduty', target: 'KEY' };

describe('messages to a recipient that was away', () => {
  const database = perennialDatabase();
  const outbox = () => createOutbox(database());

  async function raise(...of: Parameters<typeof store>): Promise<void> {
    await store(...of);
    await address();
  }
  function store(hours: number, severity: Severity = 'warning', fingerprint = 'drift/fraud') {
    const said = { pipeline: 'fraud', kind: 'drift', severity, summary: `at ${hours}`, detail: '' } as const;
    return createAlerts(database()).raise({ fingerprint, occasion: `${hours}`, ...said, at: at(hours) }, '6 hours');
  }
  const address = (targets = [ada, pager]) =>
    outbox().address(async ({ telling, heard }) => ({ targets: telling === 'resolved' ? heard : targets }), at(99));
  /** All attempts fail, and the next ones are so long off. */
  async function isAway(pauseMs: number): Promise<void> {
    for (const { id } of await outbox().take(99)) await outbox().failed(id, 'it is down', pauseMs);
  }
  /** What is sent, and in which order, once each attempt succeeds. */
  async function back(): Promise<string[]> {
    await database().query('update alert_deliveries set due_at = now()');
    const sent: Pick<Delivery, 'channel' | 'telling'>[] = [];
    for (;;) {
      const due = await outbox().take(99);
      if (due.length === 0) return sent.map(({ channel, telling }) => `${channel} ${telling}`).sort((a, b) => a.split(' ')[0]!.localeCompare(b.split(' ')[0]!)); // prettier-ignore
      for (const { id } of due) await outbox().delivered(id);
      sent.push(...due);
    }
  }

  it('are sent at once when one has arrived, not when the last pause is over', async () => {
    await raise(0);
    await isAway(15 * MINUTE);
    await raise(1, 'warning', 'volume/fraud');
    const [first] = await outbox().take(1, 'email');
    assert.equal((await outbox().take(9, 'email')).length, 0);
    await outbox().delivered(first!.id);
    assert.deepEqual(
      (await outbox().take(9, 'email')).map(({ subject }) => subject),
      ['[perennial warning] at 0'],
    );
    assert.equal((await outbox().take(9, 'pagerduty')).length, 1, 'another recipient is still away');
  });

  it('leave alone what is being sent', async () => {
    for (const [hours, of] of [[0, 'drift/fraud'], [1, 'volume/fraud']] as const) await raise(hours, 'warning', of); // prettier-ignore
    await isAway(0);
    const [one, other] = await outbox().take(2, 'email');
    await outbox().delivered(one!.id);
    assert.deepEqual(await outbox().take(9, 'email'), [], `${other!.subject} is under way`);
  });

  it('do not repeat that an alert lasts for each time that it was to be said', async () => {
    for (const hours of [0, 7, 14, 21]) {
      await raise(hours);
      await isAway(HOUR);
    }
    assert.deepEqual(await back(), ['email opened', 'email still', 'pagerduty opened', 'pagerduty still']);
  });

  it('do not say that an alert lasts that is over', async () => {
    for (const hours of [0, 7, 14]) await raise(hours);
    await createAlerts(database()).resolve('drift/fraud', { at: at(15), by: 'a test', reason: 'it is stable' });
    await address();
    assert.deepEqual(await back(), ['email opened', 'email resolved', 'pagerduty opened', 'pagerduty resolved']);
  });

  it('do not keep an arrival from being noted while others are addressed', async () => {
    for (const hours of [0, 7]) await raise(hours);
    await database().query("update alert_deliveries set due_at = now() + interval '1 hour', last_error = 'it is down'");
    await raise(8, 'warning', 'volume/fraud');
    const [arrived] = await outbox().take(1, 'email');
    await store(14);
    await store(14, 'warning', 'skew/fraud');
    let addressed = 0;
    await outbox().address(async () => {
      if (++addressed === 2) await within(SECOND, 'noting an arrival', outbox().delivered(arrived!.id));
      return { targets: [ada] };
    }, at(99));
    assert.equal(addressed, 2);
  });

  it('are not forgotten while they are being sent', async () => {
    await raise(0);
    await back();
    await raise(7);
    const sent = await outbox().take(9);
    await raise(14);
    for (const { id } of sent) await outbox().delivered(id);
    const { id } = await store(15);
    const arrived = (await createAlerts(database()).deliveries(id)).filter(({ deliveredAt }) => deliveredAt !== null);
    assert.deepEqual(arrived.map(({ channel, telling }) => `${channel} ${telling}`).sort(), ['email opened', 'email still', 'pagerduty opened', 'pagerduty still']); // prettier-ignore
  });

  it('show that it cannot be reached, also when newer ones take their place', async () => {
    const failing = async () => (await createReaches(database()).failing()).map(({ channel, error }) => [channel, error]); // prettier-ignore
    const away = [['email', 'it is down'], ['pagerduty', 'it is down']]; // prettier-ignore
    await raise(0);
    await back();
    await raise(7);
    for (let i = 0; i < 5; i++) await isAway(0);
    assert.deepEqual(await failing(), away);
    await raise(14);
    assert.deepEqual(await failing(), away);
    await createAlerts(database()).resolve('drift/fraud', { at: at(15), by: 'a test', reason: 'it is stable' });
    await address();
    assert.deepEqual(await failing(), away);
    assert.deepEqual(await back(), ['email resolved', 'pagerduty resolved']);
    assert.deepEqual(await failing(), []);
  });

  it('say that an alert lasted, and not its end alone, when its beginning was given up', async () => {
    await raise(0);
    for (const { id } of await outbox().take(9)) await outbox().failed(id, 'it is down', null);
    for (const hours of [7, 14]) {
      await raise(hours);
      await isAway(HOUR);
    }
    await createAlerts(database()).resolve('drift/fraud', { at: at(15), by: 'a test', reason: 'it is stable' });
    await address();
    assert.deepEqual(await back(), ['email still', 'email resolved', 'pagerduty still', 'pagerduty resolved']);
  });

  it('say that an alert lasts where that begins an escalation', async () => {
    await raise(0);
    await raise(7);
    await database().query("update alert_tellings set begins_escalation = true where telling = 'still'");
    await raise(14);
    assert.deepEqual((await back()).filter((each) => each.startsWith('email')), ['email opened', 'email still', 'email still']); // prettier-ignore
  });

  it('say that an alert lasts to those who were sent nothing before', async () => {
    await raise(0);
    for (const hours of [7, 14]) {
      await store(hours);
      await address([ada, pager, { channel: 'slack', target: 'URL' }]);
    }
    assert.deepEqual((await back()).filter((each) => each.startsWith('slack')), ['slack still', 'slack still']); // prettier-ignore
  });
});
