import { createApprovals } from '../../../../adapters/postgres/rollout/approvals.ts';
import { type PipelineInput } from '../../../../core/declaration/pipeline.ts';
import { aRollout, perennialDatabase } from '../../../support/postgres/perennial-database.ts';
import { minute, MORNING, NIGHT, pager, quiet, Scene, team } from './scene.ts';
import assert from 'node:assert/strict';

describe('what waited for the end of quiet hours', () => {
  const database = perennialDatabase();
  async function atNight(to: PipelineInput['notifications'] = { email: team }): Promise<Scene> {
    const scene = new Scene(database());
    await scene.declare({ ...to, quiet });
    return scene;
  }
  const cause = 'team@example.com opened source-unreachable';

  it('is not sent when another alert explains it by then, but once that is over, if it lasts', async () => {
    const scene = await atNight();
    await scene.raise(NIGHT, 'warning', 'data-failed');
    assert.deepEqual(await scene.sentAt(NIGHT), []);
    await scene.raise(NIGHT + 10, 'warning', 'source-unreachable');
    assert.deepEqual(await scene.sentAt(MORNING), [cause]);
    await scene.resolve(MORNING + 10, 'source-unreachable');
    await scene.raise(MORNING + 11, 'warning', 'data-failed');
    assert.deepEqual(await scene.sentAt(MORNING + 20), ['team@example.com resolved source-unreachable']);
    assert.deepEqual(await scene.sentAt(MORNING + 25), ['team@example.com opened data-failed']);
    assert.deepEqual(await scene.sentAt(MORNING + 26), []);
  });

  it('is not sent when somebody has taken it on by then', async () => {
    const scene = await atNight();
    const { id } = await scene.raise(NIGHT, 'warning');
    await scene.sentAt(NIGHT);
    await scene.alerts.acknowledge(id, minute(NIGHT + 5), 'ada');
    assert.deepEqual(await scene.sentAt(MORNING), []);
  });

  it('is not sent when it is silenced by then, but when that ends', async () => {
    const scene = await atNight({ pagerduty: pager });
    const { id } = await scene.raise(NIGHT, 'warning');
    await scene.sentAt(NIGHT);
    await scene.alerts.silence(id, minute(MORNING + 30), 'ada');
    assert.deepEqual(await scene.sentAt(MORNING), []);
    assert.deepEqual(await scene.sentAt(MORNING + 30), ['PAGER opened drift']);
  });

  it('is not a request for an approval that nobody could give by then: that is sent at once', async () => {
    const scene = await atNight();
    const { id: rollout } = await aRollout(database(), 'c1');
    await createApprovals(database()).ask({ rollout, askedAt: minute(NIGHT), until: minute(MORNING + 60) });
    await scene.raise(NIGHT, 'warning', 'approval-wanted');
    assert.deepEqual(await scene.sentAt(NIGHT), ['team@example.com opened approval-wanted']);
  });

  it('is the newest of what is still to be told, though what waited before it is outdated', async () => {
    const scene = await atNight();
    await scene.raise(NIGHT, 'warning');
    await scene.sentAt(NIGHT);
    await scene.raise(NIGHT + 60);
    assert.deepEqual(await scene.sentAt(NIGHT + 60), ['team@example.com worse drift']);
    await scene.raise(NIGHT + 450, 'warning');
    assert.deepEqual(await scene.sentAt(NIGHT + 450), []);
    assert.deepEqual(await scene.sentAt(MORNING), ['team@example.com still drift']);
  });
});

describe('a cause that is found in the same moment as what it explains', () => {
  const database = perennialDatabase();

  it('is the one page, whichever was found first', async () => {
    const scene = new Scene(database());
    await scene.declare({ email: team });
    await scene.raise(0, 'warning', 'data-failed');
    await scene.raise(0, 'warning', 'source-unreachable');
    assert.deepEqual(await scene.sentAt(0), ['team@example.com opened source-unreachable']);
  });
});
