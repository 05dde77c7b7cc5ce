import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { minute, pager, Scene, team } from './scene.ts';
import assert from 'node:assert/strict';

describe('the end of a silence', () => {
  const database = perennialDatabase();
  const toldAs = (telling: string) => [`PAGER ${telling} drift`, `team@example.com ${telling} drift`];

  it('is when people hear of an alert that began in it, once', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team, pagerduty: pager });
    const { id } = await scene.raise(0);
    await scene.sentAt(0);
    await scene.alerts.silence(id, minute(60), 'ada');
    await scene.resolve(10);
    await scene.raise(20);
    assert.deepEqual(await scene.sentAt(59), ['PAGER resolved drift'], 'the first has ended');
    assert.deepEqual(await scene.sentAt(60), toldAs('opened'));
    assert.deepEqual(await scene.sentAt(61), []);
  });

  it('is when people hear that it lasts, and escalation counts from there', async () => {
    const scene = new Scene(database());
    const escalate = [30, 60].map((minutes) => ({ after: `${minutes} minutes`, email: [`after-${minutes}@example.com`] })); // prettier-ignore
    await scene.declare({ email: team, pagerduty: pager, escalate });
    const { id } = await scene.raise(0);
    await scene.sentAt(0);
    await scene.alerts.silence(id, minute(300), 'ada');
    assert.deepEqual(await scene.sentAt(299), []);
    assert.deepEqual(await scene.sentAt(301), toldAs('still'));
    assert.deepEqual(await scene.sentAt(330), []);
    assert.deepEqual(await scene.sentAt(331), ['after-30@example.com escalated drift']);
  });

  it('tells nothing of what has ended, closing its incident, nor of what somebody has taken on', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team, pagerduty: pager });
    for (const kind of ['drift', 'skew'] as const) {
      const { id } = await scene.raise(0, 'critical', kind);
      await scene.sentAt(0);
      await scene.alerts.silence(id, minute(60), 'ada');
      if (kind === 'skew') await scene.alerts.acknowledge(id, minute(5), 'ada');
    }
    await scene.resolve(10);
    assert.deepEqual(await scene.sentAt(10), ['PAGER acknowledged skew', 'PAGER resolved drift']);
    assert.deepEqual(await scene.sentAt(61), []);
  });

  it('waits for the end of what explains the alert, and a quarter of an hour more', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team });
    const { id } = await scene.raise(0, 'warning', 'data-failed');
    await scene.sentAt(0);
    await scene.alerts.silence(id, minute(60), 'ada');
    await scene.raise(10, 'warning', 'source-unreachable');
    await scene.sentAt(10);
    assert.deepEqual(await scene.sentAt(70), []);
    await scene.resolve(80, 'source-unreachable');
    assert.deepEqual(await scene.sentAt(90), ['team@example.com resolved source-unreachable']);
    assert.deepEqual(await scene.sentAt(95), ['team@example.com still data-failed']);
  });
});

describe('a silence of what an automation tells', () => {
  const database = perennialDatabase();

  it('is of all that it tells of events, until it ends or is cut short, and of nothing else', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team });
    const tell = (minutes: number, which: string) =>
      scene.alerts.raise(
        { fingerprint: `automation/fraud/${which}`, occasion: which, pipeline: 'fraud', kind: 'automation', severity: 'warning', summary: which, detail: '', at: minute(minutes) }, // prettier-ignore
        '6 hours',
      );
    const heard = async (minutes: number) =>
      (await scene.sentAt(minutes)).map((line) => line.replace('team@example.com ', ''));
    const { id } = await tell(0, 'news/event/1');
    await tell(0, 'news/event/2');
    assert.deepEqual(await heard(0), ['opened news/event/1', 'opened news/event/2']);
    await scene.alerts.silence(id, minute(600), 'ada');
    for (const which of ['news/event/3', 'news', 'newsletter/event/3']) await tell(10, which);
    assert.deepEqual(await heard(10), ['opened news', 'opened newsletter/event/3']);
    const later = await tell(20, 'news/event/4');
    assert.deepEqual([await heard(20), later.silencedUntil], [[], minute(600)]);
    await scene.alerts.silence(later.id, minute(30), 'ada');
    assert.deepEqual(await heard(30), ['opened news/event/3', 'opened news/event/4', 'still news/event/1', 'still news/event/2']); // prettier-ignore
    await tell(40, 'news/event/5');
    assert.deepEqual(await heard(40), ['opened news/event/5']);
  });
});
