import { createAlerts } from '../../../../adapters/postgres/alerts/alerts.ts';
import { createReminders } from '../../../../adapters/postgres/alerts/reminders.ts';
import { createOutbox } from '../../../../adapters/postgres/alerts/outbox.ts';
import { type AlertKind, type Occurrence } from '../../../../core/alerts/alerts.ts';
import { after } from '../../../../core/time/time.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import assert from 'node:assert/strict';

const over = (hours: number) => ({
  at: after('2026-03-01T00:00:00.000Z', `${hours} hours`),
  by: 'a verdict',
  reason: 'stable again',
});

describe('alerts with a cause', () => {
  const database = perennialDatabase();
  const alerts = () => createAlerts(database());
  const reminders = () => createReminders(database());
  const address = () =>
    createOutbox(database()).address(
      async () => ({ targets: [{ channel: 'email', target: 'ada@example.com' }] }),
      over(0).at,
    );
  const raise = (kind: AlertKind, hours: number, changes: Partial<Occurrence> = {}) =>
    alerts().raise(
      {
        fingerprint: `${kind}/fraud`,
        occasion: `check/${hours}`,
        pipeline: 'fraud',
        kind,
        severity: 'warning',
        summary: `fraud: ${kind}`,
        detail: '',
        at: over(hours).at,
        ...changes,
      },
      '6 hours',
    );
  const critical = (kind: AlertKind, hours: number, changes: Partial<Occurrence> = {}) =>
    raise(kind, hours, { severity: 'critical', ...changes });
  const resolve = (kind: AlertKind, hours: number) => alerts().resolve(`${kind}/fraud`, over(hours));
  const told = async () => {
    const { rows } = await database().query<{ said: string; text: string }>(
      `select a.kind || ' ' || t.telling as said, t.text from alert_tellings t join alerts a on a.id = t.alert order by t.id`,
    );
    return rows;
  };
  const said = async () => (await told()).map((each) => each.said);

  it('are one page for a broken source: what it breaks is listed under it, before and after', async () => {
    await raise('data-failed', 0);
    const { id } = await raise('source-unreachable', 1);
    for (const kind of ['prediction-failed', 'monitoring-failed', 'schedule-missed', 'champion-stale'] as const)
      await raise(kind, 2);
    await raise('data-failed', 9);
    assert.deepEqual(await said(), ['data-failed opened', 'source-unreachable opened']);
    assert.match((await told())[1]!.text, /Because of it:\n  fraud: data-failed/);
    const listed = await alerts().list({ limit: 10 });
    assert.equal(listed.filter(({ under }) => under === id).length, 5);
  });

  it('are listed in the message of the cause of their cause, the critical first, and counted beyond ten', async () => {
    const installed = { pipeline: null } as const;
    await critical('workers-gone', 0, { ...installed, fingerprint: 'workers-gone' });
    for (let i = 0; i < 12; i++)
      await raise('data-failed', 1, { fingerprint: `data-failed/${i}`, summary: `data ${i}` });
    await critical('temporal-gone', 2, { ...installed, fingerprint: 'temporal-gone' });
    const { text } = (await told()).at(-1)!;
    assert.match(text, /Because of it:\n  fraud: workers-gone\n  data /);
    assert.match(text, /\n  and 3 more\n/);
  });

  it('escalate if people heard of them before their cause, but not while it lasts', async () => {
    const waiting = async () => {
      await address();
      return (await reminders().unacknowledged(over(9).at)).map(({ kind }) => kind);
    };
    await critical('errors', 0);
    assert.deepEqual(await waiting(), ['errors']);
    await critical('database-gone', 1, { fingerprint: 'database-gone', pipeline: null });
    assert.deepEqual(await waiting(), ['database-gone']);
    await alerts().resolve('database-gone', over(2));
    await reminders().release(over(2).at, over(3).at);
    assert.deepEqual(await waiting(), ['errors']);
  });

  it('are told by themselves when they outlive their cause, once, whichever server looks first', async () => {
    await raise('source-unreachable', 0);
    for (const kind of ['data-failed', 'prediction-failed'] as const) await raise(kind, 1);
    await resolve('source-unreachable', 2);
    await resolve('prediction-failed', 2);
    const at = over(3).at;
    assert.equal(await reminders().release(over(1).at, at), 0, 'the cause has just ended');
    await Promise.all([reminders().release(at, at), reminders().release(at, at)]);
    assert.deepEqual(await said(), ['source-unreachable opened', 'source-unreachable resolved', 'data-failed opened']);
    assert.match((await told())[1]!.text, /Still open:\n  fraud: data-failed/);
  });

  it('are told when they become critical long after it, also if somebody had taken them on', async () => {
    const { id } = await raise('performance', 0);
    await alerts().acknowledge(id, over(0).at, 'ada');
    assert.equal((await alerts().get(id)).under, null);
    const cause = await critical('data-quality', 1);
    assert.equal((await alerts().get(id)).under, cause.id);
    await resolve('data-quality', 2);
    await reminders().release(over(2).at, over(3).at);
    const { under, acknowledgedBy } = await alerts().get(id);
    assert.deepEqual([under, acknowledgedBy], [null, 'ada'], 'freed, and nobody is told');
    await critical('performance', 400);
    assert.deepEqual((await said()).slice(2), ['data-quality opened', 'data-quality resolved', 'performance worse']);
  });

  it('are told once it ends if they became critical under it, though people had heard of them before', async () => {
    await raise('performance', 0);
    await address();
    await critical('data-quality', 1);
    await critical('performance', 2);
    await resolve('data-quality', 3);
    for (const hours of [4, 5]) await reminders().release(over(3).at, over(hours).at);
    assert.deepEqual(await said(), [
      'performance opened',
      'data-quality opened',
      'data-quality resolved',
      'performance worse',
    ]);
  });
});
