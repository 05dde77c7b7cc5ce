import { perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { Scene, team } from './scene.ts';
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
