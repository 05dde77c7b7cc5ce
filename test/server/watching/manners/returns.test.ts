import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { minute, Scene, team } from './scene.ts';
import assert from 'node:assert/strict';

describe('an alert that comes back within its cooldown', () => {
  const database = perennialDatabase();
  /** One that people heard of and that ended, and is back after twenty minutes. */
  async function back(): Promise<Scene> {
    const scene = new Scene(database());
    await scene.declare({ email: team, cooldown: '6 hours' });
    await scene.raise(0, 'warning', 'rollout-held');
    await scene.sentAt(0);
    await scene.resolve(10, 'rollout-held');
    await scene.sentAt(10);
    await scene.raise(20, 'warning', 'rollout-held');
    assert.deepEqual(await scene.sentAt(20), []);
    return scene;
  }
  const opened = ['team@example.com opened rollout-held'];

  it('is told once that is over, if it lasts, though it does not happen again', async () => {
    const scene = await back();
    assert.deepEqual(await scene.sentAt(359), []);
    assert.deepEqual(await scene.sentAt(360), opened);
    assert.deepEqual(await scene.sentAt(361), []);
    await scene.resolve(370, 'rollout-held');
    assert.deepEqual(await scene.sentAt(370), ['team@example.com resolved rollout-held']);
  });

  it('is not told if it has ended by then or somebody has taken it on', async () => {
    const scene = await back();
    const [alert] = await scene.alerts.list({ limit: 1 });
    await scene.alerts.acknowledge(alert!.id, minute(30), 'ada');
    assert.deepEqual(await scene.sentAt(400), []);
    await scene.resolve(410, 'rollout-held');
    assert.deepEqual(await scene.sentAt(900), []);
  });

  it('is told at once if it asks for another decision, also while somebody has taken on the one before', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team });
    const asked = ['team@example.com opened approval-wanted'];
    const { id } = await scene.raise(0, 'warning', 'approval-wanted');
    assert.deepEqual(await scene.sentAt(0), asked);
    await scene.alerts.acknowledge(id, minute(5), 'ada');
    await scene.raise(10, 'warning', 'approval-wanted');
    assert.deepEqual(await scene.sentAt(10), asked);
    await scene.resolve(20, 'approval-wanted');
    await scene.sentAt(20);
    await scene.raise(30, 'warning', 'approval-wanted');
    assert.deepEqual(await scene.sentAt(30), asked);
  });
});
