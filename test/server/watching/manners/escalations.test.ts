import { createReminders } from '../../../../adapters/postgres/alerts/reminders.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { minute, Scene, team } from './scene.ts';
import assert from 'node:assert/strict';

describe('the escalation of an alert', () => {
  const database = perennialDatabase();
  async function begin(): Promise<Scene> {
    const scene = new Scene(database());
    const escalate = [
      { after: '30 minutes', email: ['lead@example.com'] },
      { after: '2 hours', email: ['boss@example.com'] },
    ];
    await scene.declare({ email: team, escalate });
    return scene;
  }
  const [opened, worse] = ['opened', 'worse'].map((telling) => `team@example.com ${telling} drift`);
  const [lead, boss] = ['lead', 'boss'].map((who) => `${who}@example.com escalated drift`);

  it('counts from when its message was sent, also after hours without a server', async () => {
    const scene = await begin();
    await scene.raise(0);
    assert.deepEqual(await scene.sentAt(200), [opened]);
    assert.deepEqual(await scene.sentAt(229), []);
    assert.deepEqual(await scene.sentAt(230), [lead]);
    assert.deepEqual(await scene.sentAt(320), [boss]);
  });

  it('begins again when it becomes critical again, step by step, and all who heard of it hear its end', async () => {
    const scene = await begin();
    await scene.raise(0);
    await scene.sentAt(0);
    assert.deepEqual(await scene.sentAt(30), [lead]);
    await scene.raise(360, 'warning');
    assert.deepEqual(await scene.sentAt(360), ['lead@example.com still drift', 'team@example.com still drift']);
    await scene.raise(600);
    assert.deepEqual(await scene.sentAt(600), [worse]);
    assert.deepEqual(await scene.sentAt(629), []);
    assert.deepEqual(await scene.sentAt(630), [lead]);
    await scene.resolve(640);
    assert.deepEqual(await scene.sentAt(640), ['lead@example.com resolved drift', 'team@example.com resolved drift']);
  });

  it('counts from the newer moment when it becomes critical again while a server decides', async () => {
    const scene = await begin();
    await scene.raise(0);
    await scene.sentAt(0);
    const reminders = createReminders(database());
    const [read] = await reminders.unacknowledged(minute(600));
    await scene.raise(540, 'warning');
    await scene.sentAt(540);
    await scene.raise(600);
    await reminders.escalate(read!, 2);
    assert.deepEqual(await scene.sentAt(600), [worse]);
    assert.deepEqual(await scene.sentAt(629), []);
    assert.deepEqual(await scene.sentAt(630), [lead]);
  });

  it('waits for the end of a cause that explains it while a server decides', async () => {
    const scene = await begin();
    await scene.raise(0, 'critical', 'performance');
    await scene.sentAt(0);
    const reminders = createReminders(database());
    const [read] = await reminders.unacknowledged(minute(30));
    await scene.raise(30, 'critical', 'data-quality');
    await reminders.escalate(read!, 1);
    assert.deepEqual(await scene.sentAt(30), ['team@example.com opened data-quality']);
    await scene.resolve(35, 'data-quality');
    assert.deepEqual(await scene.sentAt(35), ['team@example.com resolved data-quality']);
    assert.deepEqual(await scene.sentAt(50), ['lead@example.com escalated performance']);
  });

  it('begins when it becomes critical again after somebody took it on and it lessened', async () => {
    const scene = await begin();
    const { id } = await scene.raise(0);
    await scene.sentAt(0);
    await scene.alerts.acknowledge(id, minute(5), 'ada');
    await scene.raise(60, 'warning');
    await scene.raise(1440);
    assert.deepEqual(await scene.sentAt(1440), [worse]);
    assert.deepEqual(await scene.sentAt(1470), [lead]);
  });
});
