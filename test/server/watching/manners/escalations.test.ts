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
