import { createReminders } from '../../../../adapters/postgres/alerts/reminders.ts';
import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { minute, Scene, team } from './scene.ts';
import assert from 'node:assert/strict';

describe('what explains an alert', () => {
  const database = perennialDatabase();
  async function begin(): Promise<Scene> {
    const scene = new Scene(database());
    await scene.declare({ email: team });
    return scene;
  }

  it('explains it again when it comes back', async () => {
    const scene = await begin();
    await scene.raise(0, 'warning', 'source-unreachable');
    await scene.raise(5, 'warning', 'data-failed');
    await scene.resolve(10, 'source-unreachable');
    await scene.raise(12, 'critical', 'source-unreachable');
    await scene.sentAt(12);
    assert.deepEqual(await scene.sentAt(26), []);
    const listed = await scene.alerts.list({ limit: 10 });
    const [cause, symptom] = ['source-unreachable', 'data-failed'].map((kind) => listed.find((alert) => alert.kind === kind)); // prettier-ignore
    assert.equal(symptom!.under, cause!.id);
  });

  it('gives way to another one that is open when it ends', async () => {
    const scene = await begin();
    await scene.raise(0, 'critical', 'temporal-gone');
    await scene.raise(1, 'warning', 'data-failed');
    await scene.raise(2, 'warning', 'source-unreachable');
    await scene.resolve(3, 'temporal-gone');
    await scene.sentAt(3);
    assert.deepEqual(await scene.sentAt(20), []);
    await scene.resolve(30, 'source-unreachable');
    assert.deepEqual(await scene.sentAt(30), ['team@example.com resolved source-unreachable']);
    assert.deepEqual(await scene.sentAt(45), ['team@example.com opened data-failed']);
  });

  it('holds back that it became worse, or that nobody took it on, only while it lasts', async () => {
    const scene = await begin();
    await scene.declare({ email: team, escalate: [{ after: '30 minutes', email: ['lead@example.com'] }] });
    const reminders = createReminders(database());
    const explained = async (minutes: number): Promise<void> => {
      await scene.raise(minutes, 'critical', 'data-quality');
      assert.deepEqual(await scene.sentAt(minutes), ['team@example.com opened data-quality']);
      await scene.resolve(minutes, 'data-quality');
      assert.deepEqual(await scene.sentAt(minutes), ['team@example.com resolved data-quality']);
    };
    await scene.raise(0, 'warning', 'performance');
    await scene.sentAt(0);
    await scene.raise(10, 'critical', 'performance');
    await explained(10);
    assert.deepEqual(await scene.sentAt(25), ['team@example.com worse performance']);

    await reminders.escalate((await reminders.unacknowledged(minute(55)))[0]!, 1);
    await explained(55);
    assert.deepEqual(await scene.sentAt(70), ['lead@example.com escalated performance']);
    assert.deepEqual(await scene.sentAt(80), []);
  });

  it('is known when both are raised in the same instant, by whomever', async () => {
    const scene = await begin();
    let apart = 0;
    for (let at = 0; at < 20; at++) {
      // The cause is of the pipeline or of the whole installation, in turns.
      const kinds = ['data-failed', at % 2 === 0 ? 'source-unreachable' : 'temporal-gone'] as const;
      await Promise.all(kinds.map((kind) => scene.raise(at, 'critical', kind)));
      const listed = await scene.alerts.list({ limit: 10 });
      if (listed.find(({ kind }) => kind === 'data-failed')!.under === null) apart += 1;
      for (const kind of kinds) await scene.resolve(at, kind);
    }
    assert.equal(apart, 0);
  });
});
